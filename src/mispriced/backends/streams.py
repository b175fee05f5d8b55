"""Streams: append, read in groups, and take over what was abandoned.

Not here: what an acknowledgement brings about (`commit` in redis.py), dead letters, backlog and trim.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mispriced.backends.connection import Command, Link, Reply, Word, is_refusal, named, pack, sound
from mispriced.backends.keys import ONCE_S, Keys
from mispriced.backends.lua import load
from mispriced.backends.orders import Texts, output_order, packed
from mispriced.messages import Message, Output, Subscription


class Streams:
    """The streams of one prefix over one connection."""

    def __init__(self, link: Link, keys: Keys) -> None:
        self._link = link
        self._keys = keys
        self._known: set[str] = set()
        self._scripts = {name: load(name, {}) for name in ("publish", "leave")}

    def greet(self, link: Link) -> None:
        """Make the pipeline's streams known, on every new connection: the server may be an empty one."""
        self._known = set(self._keys.pipeline_streams())
        link.pipeline([("SADD", self._keys.own("streams"), *sorted(self._known))])

    def publish(self, outputs: Sequence[Output], once: str | None) -> list[str]:
        """Append; with `once` a second call under the same name within a day appends nothing."""
        if not outputs:
            return []
        self.introduce([output.stream for output in outputs])
        if once is None:
            appends: list[Command] = []
            for one in outputs:
                words: list[Word] = ["XADD", one.stream, "*"]
                for pair in one.fields.items():
                    words += pair
                appends.append(tuple(words))
            return [sound(reply).decode() for reply in self._link.pipeline(appends, checked=True)]
        texts = Texts()
        texts.add(b"")  # ARGV[2] is the list of entries
        order = packed([output_order(one, texts) for one in outputs])
        name = self._keys.own(f"once:{once}")
        call: Command = (1, name, ONCE_S * 1000, order, *texts.arguments[1:])
        return [reply.decode() for reply in self._link.run(self._scripts["publish"], [call])[0]]

    def read(self, subscription: Subscription, count: int, block_s: float) -> list[Message]:
        """Return new messages, at most `count` over all streams, but one of each at least."""
        each = max(1, count // len(subscription.streams))
        words = ("XREADGROUP", "GROUP", subscription.group, subscription.consumer, "COUNT", each)
        wait = ("BLOCK", max(1, round(block_s * 1000))) if block_s > 0 else ()
        new = (">",) * len(subscription.streams)
        command: Command = (*words, *wait, "STREAMS", *subscription.streams, *new)
        self.introduce(subscription.streams)
        [reply] = self._link.exchange(pack(command), 1, block_s)
        if is_refusal(reply, "NOGROUP"):
            [reply] = self._in_group(subscription, [command], wait_s=block_s)
        return _messages(sound(reply))

    def ends(self, streams: Sequence[str]) -> dict[str, str]:
        """Return the id of each stream's last entry; before the first one it is 0-0."""
        calls: list[Command] = [("XREVRANGE", name, "+", "-", "COUNT", 1) for name in streams]
        replies = self._link.pipeline(calls, again=True)
        last = [sound(reply) for reply in replies]
        return {
            name: entries[0][0].decode() if entries else "0-0"
            for name, entries in zip(streams, last, strict=True)
        }

    def follow(self, after: Mapping[str, str], count: int) -> list[Message]:
        """Return what comes after these ids, at most `count` of each stream."""
        return _messages(
            self._link.call("XREAD", "COUNT", count, "STREAMS", *after, *after.values(), again=True)
        )

    def own_pending(self, subscription: Subscription, count: int) -> list[Message]:
        """Return the oldest messages that this consumer took and never acknowledged."""
        found: list[Message] = []
        group, consumer = subscription.group, subscription.consumer
        for stream in subscription.streams:
            left = count - len(found)
            if left <= 0:
                break
            history: Command = ("XREADGROUP", "GROUP", group, consumer, "COUNT", left, "STREAMS", stream, "0")
            reply, pending = self._in_group(
                subscription, [history, ("XPENDING", stream, group, "-", "+", left, consumer)]
            )
            entries = reply[0][1] if reply else []
            found += self._held(subscription, stream, entries, _deliveries(pending))
        return found

    def claim(self, subscription: Subscription, min_idle_s: float, count: int) -> list[Message]:
        """Take over messages that nobody acknowledged for so long; counts as a delivery of these alone.

        XAUTOCLAIM would not do: it looks at ten pending entries for each one asked for and stops.
        """
        group, consumer = subscription.group, subscription.consumer
        idle = round(min_idle_s * 1000)
        abandoned = self._in_group(
            subscription,
            [("XPENDING", stream, group, "IDLE", idle, "-", "+", count) for stream in subscription.streams],
        )
        found: list[Message] = []
        for stream, lines in zip(subscription.streams, abandoned, strict=True):
            chosen = lines[: count - len(found)]
            if chosen:
                ids = [line[0] for line in chosen]
                entries = self._link.call("XCLAIM", stream, group, consumer, idle, *ids)
                deliveries = {line[0]: line[3] + 1 for line in chosen}
                found += self._held(subscription, stream, [one for one in entries if one], deliveries)
        return found

    def known(self) -> list[str]:
        """Return every stream that was ever written to or read under this prefix."""
        return sorted(
            one.decode() for one in self._link.call("SMEMBERS", self._keys.own("streams"), again=True)
        )

    def living(self) -> list[str]:
        """Return the known streams without the dead letters."""
        return [name for name in self.known() if not self._keys.is_dead(name)]

    def join(self, subscription: Subscription) -> None:
        """Make the group in every stream where it is absent."""
        self.introduce(subscription.streams)
        self._make_groups(subscription)

    def leave(self, subscription: Subscription) -> bool:
        """Forget the consumer where it has nothing pending; True if that is everywhere."""
        streams = subscription.streams
        call: Command = (len(streams), *streams, subscription.group, subscription.consumer)
        self.join(subscription)
        return bool(self._link.run(self._scripts["leave"], [call])[0] == len(streams))

    def disband(self, subscription: Subscription) -> None:
        """Forget the group; a stream or group that is not there is none to forget."""
        commands: list[Command] = [
            ("XGROUP", "DESTROY", one, subscription.group) for one in subscription.streams
        ]
        for reply in self._link.pipeline(commands, again=True):
            if not is_refusal(reply, "ERR The XGROUP subcommand requires the key to exist"):
                sound(reply)

    def introduce(self, streams: Sequence[str]) -> None:
        """Make streams known before they are written to or read."""
        if not self._known.issuperset(streams):
            new = set(streams) - self._known
            self._link.call("SADD", self._keys.own("streams"), *sorted(new), again=True)
            self._known |= new

    def _in_group(
        self, subscription: Subscription, commands: list[Command], wait_s: float = 0
    ) -> list[Reply]:
        self.introduce(subscription.streams)
        replies = self._link.pipeline(commands, wait_s=wait_s)
        if any(is_refusal(reply, "NOGROUP") for reply in replies):
            self._make_groups(subscription)
            replies = self._link.pipeline(commands, wait_s=wait_s)
        return [sound(reply) for reply in replies]

    def _make_groups(self, subscription: Subscription) -> None:
        for stream in subscription.streams:
            # from 0: what was written before the first reader came is read too
            reply = self._link.pipeline(
                [("XGROUP", "CREATE", stream, subscription.group, "0", "MKSTREAM")], again=True
            )[0]
            if not is_refusal(reply, "BUSYGROUP"):
                sound(reply)

    def _held(
        self, subscription: Subscription, stream: str, entries: Sequence[Reply], deliveries: dict[bytes, int]
    ) -> list[Message]:
        gone = [entry[0] for entry in entries if entry[1] is None]
        if gone:  # deleted by somebody's hand: nothing is left to handle
            self._link.call("XACK", stream, subscription.group, *gone, again=True)
        return [
            Message(
                stream=stream,
                id=entry[0].decode(),
                fields=named(entry[1]),
                deliveries=deliveries.get(entry[0], 1),
            )
            for entry in entries
            if entry[1] is not None
        ]


def _messages(reply: Reply) -> list[Message]:
    found: list[Message] = []
    for stream, entries in reply or ():
        name = stream.decode()
        for entry_id, texts in entries:
            fields = {}
            for place in range(0, len(texts), 2):
                fields[texts[place].decode()] = texts[place + 1]
            found.append(Message(stream=name, id=entry_id.decode(), fields=fields))
    return found


def _deliveries(pending: Reply) -> dict[bytes, int]:
    return {line[0]: line[3] for line in pending}
