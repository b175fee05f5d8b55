-- uses: names document opportunity
-- Applies verdicts that no message asked for. KEYS: the index. ARGV[1]: the verdicts; further arguments
-- are their opportunities' JSON. Returns how many took.
local took = 0
for _, verdict in ipairs(cmsgpack.unpack(ARGV[1])) do
  if judge(verdict) == 'taken' then took = took + 1 end
end
return took
