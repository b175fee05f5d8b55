-- uses: names document opportunity announce recorded quotes
-- Puts quotes that no message brought. KEYS: the index. ARGV[1]: {now, batch}; further arguments are
-- the quotes' JSON. Returns the tally and the places whose quote is needed in full.
local order = cmsgpack.unpack(ARGV[1])
local tally = new_tally()
upsert(order.batch, order.now, tally)
local published = send_announcements(order.now)
local version = tonumber(redis.call('GET', KEY.version) or 0)
return {published, version, tally.changed, tally.touched, tally.older, tally.unknown, tally.waiting, tally.missing}
