"""Source of the engine: the time wheel, which carries out everything that others can see."""

RUN = """

@njit(error_model="numpy", boundscheck=False, _nrt=False)
def recall(s, mem8, mem32, c):
    p = PEND + (c << PEND_SHIFT)
    if s[u64(p | HEAD)] != 0:
        forget(s, mem32, c)
        execute(s, mem8, mem32, c, restore(s, c), AGAIN)
        s[u64(p | HEAD)] = 0


@njit(error_model="numpy", boundscheck=False, _nrt=False)
def recall_readers(s, mem8, mem32, word):
    for c in range(s[CFG_CORES] + 1):
        if has_read(s, c, word):
            recall(s, mem8, mem32, c)


@njit(error_model="numpy", boundscheck=False, _nrt=False)
def advance(s, mem8, mem32, limit):
    tags = s[CFG_TAGS]
    bank_mask = s[CFG_BANK_MASK]
    now = s[NOW]
    requests = s[REQUESTS]
    while True:
        @TURN@
        # The next time at which anything happens.
        q = WHEEL_AT + ((now & WHEEL_MASK) << 2)
        slot = s[u64(q)]
        empty = 0
        while slot == 0:
            now += 1
            empty += 1
            if empty > WHEEL:
                s[NOW] = now
                s[REQUESTS] = requests
                return STATUS_DEADLOCK
            q = WHEEL_AT + ((now & WHEEL_MASK) << 2)
            slot = s[u64(q)]
        if now >= limit:
            s[NOW] = now
            s[REQUESTS] = requests
            return STATUS_LIMIT
        others = slot & ~requests
        slow = 0
        if others == 0:
            # Nothing but L1 accesses is left at this time: one for each bank wins.
            how = GRANTED
            used = s[u64(q + 1)]
            twice = s[u64(q + 2)]
            s[u64(q)] = 0
            s[u64(q + 1)] = 0
            s[u64(q + 2)] = 0
            if slot > CORE_BITS:
                s[REQUESTS] = requests
                if LOOKAHEAD and (slot >> RX) & 1:
                    word, end = beat_words(s, 0)
                    while word < end:
                        if int64(mem32[u64(tags + word)]) & LOADS_MASK:
                            recall_readers(s, mem8, mem32, word)
                        word += 1
                ready = arbitrate_with_dma(s, mem8, mem32, slot, twice, now)
                requests = s[REQUESTS]
            elif twice != 0:
                ready = arbitrate(s, slot, used, twice, now)
            else:
                ready = slot
                s[PARITY] ^= used
            requests &= ~ready
            slow = s[SLOW]
        else:
            # First whoever goes on by itself, so that then everything of this time that others
            # can see is known and can be done in the order of the agents' numbers.
            how = WOKEN
            ready = 0
            going = 0
            rest = others
            while rest != 0:
                c = trailing_zeros(rest)
                rest &= rest - 1
                kind = s[u64(PEND + (c << PEND_SHIFT) + KIND)]
                if kind == OP_LAYER or (kind >= KIND_RESUME and kind <= KIND_FINISH):
                    going |= 1 << c
            if going != 0:
                others = going
            s[u64(q)] = slot & ~others
            s[NOW] = now
            s[REQUESTS] = requests
            while others != 0:
                c = trailing_zeros(others)
                others &= others - 1
                kind = s[u64(PEND + (c << PEND_SHIFT) + KIND)]
                if kind >= KIND_RESUME and kind <= KIND_FINISH:
                    ready |= 1 << c
                else:
                    status = handle_event(s, mem8, c, kind, now)
                    if status != STATUS_OK:
                        s[u64(q)] |= others | ready
                        return status
            requests = s[REQUESTS]
        # Every core that may go on does so, up to its next shared access.
        while ready != 0:
            c = trailing_zeros(ready)
            ready &= ready - 1
            bit = 1 << c
            p = PEND + (c << PEND_SHIFT)
            place = s[u64(p | HEAD)]
            if place != 0:
                # This access was made ahead of its time, which is now.
                entry = s[u64(place)]
                tag = u64(tags + ((entry & OFF_MASK) >> 2))
                if entry & STORE == 0:
                    mem32[tag] = int64(mem32[tag]) - 1
                else:
                    counts = int64(mem32[tag]) - STORE_UNIT
                    mem32[tag] = counts
                    if counts & LOADS_MASK != 0:
                        recall_readers(s, mem8, mem32, (entry & OFF_MASK) >> 2)
                    write_memory(
                        mem8, mem32, (entry >> 24) & 7, entry & OFF_MASK, s[u64(place + 1)]
                    )
                place += 2
            else:
                done = how
                if how == GRANTED:
                    @ACCESS@
                    if LOOKAHEAD:
                        word = s[u64(p | OFF)] >> 2
                        counts = int64(mem32[u64(tags + word)])
                        if counts & LOADS_MASK != 0 and is_store(current_word(s, c) & TYPE_MASK):
                            recall_readers(s, mem8, mem32, word)
                    if slow & bit != 0:
                        s[REQUESTS] = requests
                        unfinished = split_step(s, mem8, c, now)
                        requests = s[REQUESTS]
                        if unfinished:
                            continue
                        done = COMPLETED
                execute(s, mem8, mem32, c, now, done)
                place = AHEAD + c * AHEAD_SIZE
            entry = s[u64(place)]
            q = WHEEL_AT + (((now + (entry >> 32)) & WHEEL_MASK) << 2)
            s[u64(q)] |= bit
            s[u64(p | HEAD)] = place if entry & EARLY else 0
            if entry & REQUEST:
                requests |= bit
                s[u64(p | OFF)] = entry & OFF_MASK
                bank = 1 << (((entry & OFF_MASK) >> 2) & bank_mask)
                used = s[u64(q + 1)]
                s[u64(q + 2)] |= used & bank
                s[u64(q + 1)] = used | bank
            else:
                s[u64(p | OFF)] = s[u64(place + 1)]
        if how == GRANTED:
            now += 1


@njit(error_model="numpy", boundscheck=False, nogil=True, cache=True, _nrt=False)
def run(s, mem8, mem32, limit):
    status = advance(s, mem8, mem32, limit)
    if LOOKAHEAD:
        for c in range(s[CFG_CORES] + 1):
            recall(s, mem8, mem32, c)
    return status
"""
