-- Takes one request, or says for how many microseconds not to ask again (and then takes nothing).
--
-- GCRA: the theoretical arrival time (TAT) of the next request moves on by one interval with each
-- that is taken, and may run ahead of the clock by `burst` intervals. The only clock is Redis's.
--
-- KEYS  1 TAT of all requests   2 TAT of background requests   3 end of a block
-- ARGV  1 interval in µs   2 burst   3 interval in µs and 4 burst of background requests,
--       5 "1" for a background request   6 longest block in µs
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

local blocked = tonumber(redis.call('GET', KEYS[3]) or 0)
if blocked > now then
  return math.ceil(math.min(blocked - now, tonumber(ARGV[6])))
end

local function bucket(key, interval, burst)
  local tat = math.max(tonumber(redis.call('GET', key) or 0), now)
  -- further ahead than it can get: the clock was set back, or the limit raised
  tat = math.min(tat, now + burst * interval)
  return tat + interval, tat - (burst - 1) * interval - now
end

local function save(key, tat)
  redis.call('SET', key, string.format('%.0f', tat), 'PX', math.ceil((tat - now) / 1000) + 1000)
end

local tat, wait = bucket(KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]))
if ARGV[5] == '1' then
  local slow_tat, slow_wait = bucket(KEYS[2], tonumber(ARGV[3]), tonumber(ARGV[4]))
  wait = math.max(wait, slow_wait)
  if wait <= 0 then
    save(KEYS[2], slow_tat)
  end
end
if wait > 0 then
  return math.ceil(wait)
end
save(KEYS[1], tat)
return 0
