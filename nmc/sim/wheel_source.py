"""Source of the engine: the time wheel, which carries out everything that others can see."""

RUN = """

@njit(error_model="numpy", boundscheck=False, _nrt=False)
def recall(s, mem8, mem32, c):
    p = PEND + (c << PEND_SHIFT)
    place = s[u64(p | HEAD)]
    if place != 0:
        forget(s, mem8, c)
        execute(s, mem8, mem32, c, restore(s, c), AGAIN)
        s[u64(p | HEAD)] = 0
        s[u64(p | OFF)] = s[u64(place + 1)]


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
    empty = 0
    while True:
        @TURN@
        turn = u64(WHEEL_AT + (now & WHEEL_MASK))
        slot = s[turn]
        if slot == 0:
            now += 1
            empty += 1
            if empty <= WHEEL:
                continue
            s[NOW] = now
            return STATUS_DEADLOCK
        empty = 0
        if now >= limit:
            s[NOW] = now
            return STATUS_LIMIT
        how = GRANTED
        ready = slot & ENTITY_BITS
        if slot & ATTENTION == 0:
            s[turn] = 0
            s[PARITY] ^= slot >> BANKS_SHIFT
        else:
            events = s[u64(EVENTS_AT + (now & WHEEL_MASK))]
            s[NOW] = now
            if events == 0:
                # Nothing but L1 accesses is left at this time: one for each bank wins.
                s[turn] = 0
                if ready <= CORE_BITS:
                    ready = arbitrate(s, ready, now)
                else:
                    if LOOKAHEAD and (ready >> RX) & 1:
                        word, end = beat_words(s, 0)
                        while word < end:
                            if mem8[u64(tags + word)] & LOADS_MASK:
                                recall_readers(s, mem8, mem32, word)
                            word += 1
                    ready = arbitrate_with_dma(s, mem8, mem32, ready, now)
            else:
                # First whoever goes on by itself, so that then everything of this time that
                # others can see is known and can be done in the order of the agents' numbers.
                how = WOKEN
                ready = 0
                rest = events
                while rest != 0:
                    c = trailing_zeros(rest)
                    rest &= rest - 1
                    kind = s[u64(PEND + (c << PEND_SHIFT) + KIND)]
                    if kind == OP_LAYER or (kind >= KIND_RESUME and kind <= KIND_FINISH):
                        ready |= 1 << c
                others = ready if ready != 0 else events
                ready = 0
                s[u64(EVENTS_AT + (now & WHEEL_MASK))] = events & ~others
                while others != 0:
                    c = trailing_zeros(others)
                    others &= others - 1
                    kind = s[u64(PEND + (c << PEND_SHIFT) + KIND)]
                    if kind >= KIND_RESUME and kind <= KIND_FINISH:
                        ready |= 1 << c
                    else:
                        status = handle_event(s, mem8, c, kind, now)
                        if status != STATUS_OK:
                            s[u64(EVENTS_AT + (now & WHEEL_MASK))] |= others | ready
                            return status
        # Every core that may go on does so, up to its next shared access.
        while ready != 0:
            c = trailing_zeros(ready)
            ready &= ready - 1
            p = PEND + (c << PEND_SHIFT)
            place = s[u64(p | HEAD)]
            if place != 0:
                # This access was made ahead of its time, which is now.
                entry = s[u64(place)]
                tag = u64(tags + ((entry & OFF_MASK) >> 2))
                counts = int64(mem8[tag])
                if entry & STORE == 0:
                    mem8[tag] = counts - 1
                else:
                    mem8[tag] = counts - STORE_UNIT
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
                        counts = int64(mem8[u64(tags + word)])
                        if counts & LOADS_MASK != 0 and is_store(current_word(s, c) & TYPE_MASK):
                            recall_readers(s, mem8, mem32, word)
                    if (s[SLOW] >> c) & 1:
                        if split_step(s, mem8, c, now):
                            continue
                        done = COMPLETED
                execute(s, mem8, mem32, c, now, done)
                place = AHEAD + c * AHEAD_SIZE
            entry = s[u64(place)]
            after = (now + (entry >> 32)) & WHEEL_MASK
            if entry & EARLY:
                s[u64(p | HEAD)] = place
            else:
                s[u64(p | HEAD)] = 0
                s[u64(p | OFF)] = s[u64(place + 1)]
                if entry & REQUEST == 0:
                    s[u64(EVENTS_AT + after)] |= 1 << c
                    s[u64(WHEEL_AT + after)] |= ATTENTION
                    continue
            after = u64(WHEEL_AT + after)
            slot = s[after]
            bank = ((entry & OFF_MASK) >> 2) & bank_mask
            s[u64(WANTS + c)] = bank
            bank += BANKS_SHIFT
            s[after] = slot | (((slot >> bank) & 1) << ATTENTION_BIT) | (1 << bank) | (1 << c)
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
