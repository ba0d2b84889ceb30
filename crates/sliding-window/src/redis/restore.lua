-- Adds past admissions to the counts. A second call with the same admissions adds nothing.
--
-- KEYS: one sorted set per admission, as in sliding_window.lua. A key may repeat.
-- ARGV: per admission its ID, and its age and its window in microseconds.
-- Returns the number of admissions.
for i, key in ipairs(KEYS) do
  local age, window = tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
  redis.call('ZADD', key, now - age, ARGV[3 * i - 2])
  local newest = redis.call('ZRANGE', key, -1, -1, 'WITHSCORES')[2]
  -- Rounds the expiry time up, because the key must not expire before its admissions.
  redis.call('PEXPIREAT', key, math.ceil((newest + window) / 1000))
end
return #KEYS
