"""Dead letters: messages that no worker could take, kept with their fields until a person decides."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from mispriced.backends.connection import Command, Link, Reply, named, sound
from mispriced.backends.keys import Keys
from mispriced.backends.lua import load
from mispriced.backends.orders import flat
from mispriced.backends.streams import Streams
from mispriced.messages import DeadLetter, Message, Subscription


class Letters:
    """The dead letters of every stream of one prefix."""

    def __init__(self, link: Link, keys: Keys, streams: Streams) -> None:
        self._link = link
        self._keys = keys
        self._streams = streams
        self._scripts = {name: load(name, {}) for name in ("bury", "replay")}

    def bury(self, subscription: Subscription, message: Message, error: str, now: datetime) -> None:
        """Acknowledge the message and keep it with the error, in one step."""
        dead = self._keys.dead(message.stream)
        self._streams.introduce([dead])
        letter = {
            "id": message.id,
            "payload": _payload(message.fields),
            "error": error,
            "worker": f"{subscription.group}/{subscription.consumer}",
            "time": now.isoformat(),
        }
        call: Command = (2, message.stream, dead, subscription.group, message.id, *flat(letter))
        self._link.run(self._scripts["bury"], [call])

    def dead_letters(self, stream: str | None) -> list[DeadLetter]:
        """Return the dead letters of one stream, or of all."""
        streams = [stream] if stream is not None else self._streams.living()
        ranges: list[Command] = [("XRANGE", self._keys.dead(name), "-", "+") for name in streams]
        replies = self._link.pipeline(ranges, again=True)
        return [
            _letter(name, entry)
            for name, entries in zip(streams, replies, strict=True)
            for entry in sound(entries)
        ]

    def replay_dead(self, letter: DeadLetter) -> bool:
        """Put the letter's message back at the end of its stream; False if the letter is gone."""
        keys = (self._keys.dead(letter.stream), letter.stream)
        call: Command = (2, *keys, letter.id, *flat(letter.fields))
        return bool(self._link.run(self._scripts["replay"], [call])[0])

    def drop_dead(self, letter: DeadLetter) -> bool:
        """Forget the letter; False if it is gone."""
        return bool(self._link.call("XDEL", self._keys.dead(letter.stream), letter.id, again=True))


def _payload(fields: Mapping[str, bytes]) -> str:
    texts = {name: value.decode("utf-8", "surrogateescape") for name, value in fields.items()}
    return json.dumps(texts)  # ASCII: bytes that are no text survive as escaped surrogates


def _letter(stream: str, entry: Reply) -> DeadLetter:
    fields = named(entry[1])
    payload: dict[str, str] = json.loads(fields["payload"])
    return DeadLetter(
        stream=stream,
        id=entry[0].decode(),
        original_id=fields["id"].decode(),
        fields={name: value.encode("utf-8", "surrogateescape") for name, value in payload.items()},
        error=fields["error"].decode(),
        worker=fields["worker"].decode(),
        at=datetime.fromisoformat(fields["time"].decode()),
    )
