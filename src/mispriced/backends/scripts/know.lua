-- uses: names
-- Keeps what is known to matching, if the index is at the version that it was made from. KEYS: the index.
-- ARGV: version, name, value. Returns the index's new version, or -1.
if tonumber(redis.call('GET', KEY.version) or 0) ~= tonumber(ARGV[1]) then return -1 end
redis.call('HSET', KEY.knowledge, ARGV[2], ARGV[3])
return redis.call('INCR', KEY.version)
