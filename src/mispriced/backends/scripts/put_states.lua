-- uses: names recorded
-- Keeps what a provider says of matches, by event key as `seen since score JSON`. KEYS: the index.
-- ARGV[1]: the states, each {event, seen, since, score, due, json}; further arguments are their JSON.
-- Returns how many were newer than what was kept.
--
-- `since` stays while the score does: whoever reports it may have begun after the goal.
local states = cmsgpack.unpack(ARGV[1])
local latest = tonumber(redis.call('TIME')[1]) * 1000000 + RULE.slack
local kept = 0
for _, one in ipairs(states) do
  local seen, since, score = string.match(redis.call('HGET', KEY.states, one.event) or '', '^(%d+) (%d+) (%S+) ')
  -- what was seen further ahead than clocks differ is of a clock that was set back since
  if not seen or seen < one.seen or tonumber(seen) > latest then
    if score ~= one.score then since = one.since end
    redis.call('HSET', KEY.states, one.event, table.concat({one.seen, since, one.score, ARGV[one.json]}, ' '))
    redis.call('ZADD', KEY.due .. 'states', one.due, one.event)
    local indexed = redis.call('HGET', KEY.index, one.event)
    record(KEY.recorded_states, 'state', ARGV[one.json], 'match_id', indexed and split(indexed) or '',
      'score_since', digits(tonumber(since)))
    kept = kept + 1
  end
end
return kept
