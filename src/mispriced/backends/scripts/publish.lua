-- Appends entries once under a name. KEYS[1]: the name's key; ARGV[1]: its milliseconds; ARGV[2]: of each
-- entry {stream, first, last}, the arguments that are its fields and values. Returns the new ids.
if not redis.call('SET', KEYS[1], 1, 'NX', 'PX', ARGV[1]) then return {} end
local ids = {}
for place, output in ipairs(cmsgpack.unpack(ARGV[2])) do
  ids[place] = redis.call('XADD', output.stream, '*', unpack(ARGV, output.first, output.last))
end
return ids
