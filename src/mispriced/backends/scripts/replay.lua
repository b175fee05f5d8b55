-- Puts a dead letter's message back. KEYS: the dead letters, the stream. ARGV: the letter's id, then the
-- message's fields and values. Returns 1 if the letter was still there.
if redis.call('XDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('XADD', KEYS[2], '*', unpack(ARGV, 2))
return 1
