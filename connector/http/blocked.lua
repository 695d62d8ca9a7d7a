-- For how many microseconds nobody may take anything because of a 429.
return math.ceil(blocked_until() - now)
