-- The calls of the last window, and for how many microseconds nobody may take anything because of a 429.
-- A call that got 429 is taken back, maybe after the slice that counted it has gone.
return {math.max(0, recent_calls()), math.ceil(blocked_until() - now)}
