-- Acknowledges messages that bring about nothing but entries: `commit.lua` without its parts, which
-- take longer to set up than this takes in all. KEYS: the index's version. ARGV: the group, then of
-- each message its stream, id and number of entries, of each entry its stream, number of words, words.
-- Returns the index's version.
local group, at = ARGV[1], 2
while at <= #ARGV do
  local is_ours = redis.call('XACK', ARGV[at], group, ARGV[at + 1]) == 1
  local entries = tonumber(ARGV[at + 2])
  at = at + 3
  for _ = 1, entries do
    local last = at + 1 + tonumber(ARGV[at + 1])
    if is_ours then redis.call('XADD', ARGV[at], '*', unpack(ARGV, at + 2, last)) end
    at = last + 1
  end
end
return tonumber(redis.call('GET', KEYS[1]) or 0)
