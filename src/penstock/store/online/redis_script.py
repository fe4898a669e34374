"""What runs inside Redis: a write that only a newer stamp wins, told on a channel in the same breath."""

import hashlib

from penstock.store.online.packed import STAMP, STAMP_AT

# A Lua number holds integers of 53 bits, so a stamp of two 64-bit integers is compared in four halves, as they lie
# in a packed value. KEYS and ARGV from the fourth on: keys and their values.
PUT = """
local ttl, channel, writer = ARGV[1], ARGV[2], ARGV[3]
local won, told = {}, {writer}
for i = 1, #KEYS do
    local key, value = KEYS[i], ARGV[i + 3]
    local old = redis.call('GETRANGE', key, FIRST, LAST)
    local stamp = string.sub(value, FIRST + 1, LAST + 1)
    local newer = old == ''
    if not newer and old ~= stamp then
        local a0, a1, b0, b1 = struct.unpack('<I4i4I4i4', old)
        local c0, c1, d0, d1 = struct.unpack('<I4i4I4i4', stamp)
        if a1 ~= c1 then newer = c1 > a1
        elseif a0 ~= c0 then newer = c0 > a0
        elseif b1 ~= d1 then newer = d1 > b1
        else newer = d0 > b0 end
    end
    won[i] = newer and '1' or '0'
    if newer then
        redis.call('SET', key, value, 'PX', ttl)
        told[#told + 1] = struct.pack('<I4', #key) .. key .. stamp
    end
end
if #told > 1 then redis.call('PUBLISH', channel, table.concat(told)) end
return table.concat(won)
""".replace("FIRST", str(STAMP_AT)).replace("LAST", str(STAMP_AT + STAMP.size - 1))

PUT_HASH = hashlib.sha1(PUT.encode(), usedforsecurity=False).hexdigest()
