-- Takes one request, or says for how many microseconds not to ask again (and then takes nothing).
--
-- GCRA: the theoretical arrival time (TAT) of the next request moves on by one interval with each
-- that is taken, and may run ahead of the clock by `burst` intervals. The only clock is Redis's.
--
-- ARGV  4 and 5 shares of the allowance: the steady rate, the burst   6 of both for the background
--       7 "1" for a background request
local blocked = blocked_until()
if blocked > now then
  return math.ceil(blocked - now)
end

local is_scout = false
if taught.refused then
  if not taught.scout then
    -- the scout waits until the peer counts no more than what it is believed to take
    if recent_calls() > taught.base then
      return math.ceil(slice_us)
    end
    is_scout = true
  elseif now < taught.scout + ANSWERED * slice_us then
    return math.ceil(taught.scout + ANSWERED * slice_us - now)
  else
    -- Where it takes calls again although it counts as many as when it refused, that was no matter
    -- of the window. It is believed in any case where it refused near to what was allowed.
    if 2 * taught.refused < taught.base and recent_calls() < 0.9 * taught.refused - 1 then
      learn(0.98 * taught.refused)
    end
    taught = {base = taught.base < limit and taught.base or nil, since = now}
    keep_taught()
  end
end

local allowed = allowance()
if taught.base and not taught.refused then
  if allowed >= limit then
    redis.call('DEL', KEYS[5])
  elseif recent_calls() >= allowed then
    return math.ceil(slice_us)
  end
end

local function bucket(key, share)
  local interval = window / (tonumber(ARGV[4]) * share * allowed)
  local burst = math.max(1, math.floor(tonumber(ARGV[5]) * share * allowed))
  local tat = math.max(tonumber(redis.call('GET', key) or 0), now)
  -- further ahead than it can get: the limit was raised
  tat = math.min(tat, now + burst * interval)
  return tat + interval, tat - (burst - 1) * interval - now
end

local function save(key, tat)
  redis.call('SET', key, string.format('%.0f', tat), 'PX', math.ceil((tat - now) / 1000) + 1000)
end

local tat, wait = bucket(KEYS[1], 1)
if ARGV[7] == '1' then
  local slow_tat, slow_wait = bucket(KEYS[2], tonumber(ARGV[6]))
  wait = math.max(wait, slow_wait)
  if wait <= 0 then
    save(KEYS[2], slow_tat)
  end
end
if wait > 0 then
  return math.ceil(wait)
end
save(KEYS[1], tat)
count_call(1)
if is_scout then
  taught.scout = now
  keep_taught()
end
return 0
