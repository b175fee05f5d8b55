-- Acknowledges a message and keeps it with the error. KEYS: its stream, the dead letters. ARGV: group,
-- id, then the fields and values of the letter. Returns 1 if the message was still pending.
if redis.call('XACK', KEYS[1], ARGV[1], ARGV[2]) == 0 then return 0 end
redis.call('XADD', KEYS[2], '*', unpack(ARGV, 3))
return 1
