"""Source of the engine: the time wheel, which carries out everything that others can see."""

RUN = """

@njit(error_model="numpy", boundscheck=False, _nrt=False)
def recall(s, mem8, mem32, c, start):
    if (s[STREAMING] >> c) & 1 == 0:
        return
    s[STREAMING] &= ~(1 << c)
    s[FETCHING] &= ~(1 << c)
    asked, time = next_access(s, mem8, c, start)
    if asked & FETCH != STOP:
        forget(s, mem8, c, start)
        execute(s, mem8, mem32, c, restore(s, c), AGAIN)
    park_stop(s, c, asked, time)


@njit(error_model="numpy", boundscheck=False, _nrt=False)
def recall_readers(s, mem8, mem32, word, start):
    rest = may_read(s, word)
    while rest != 0:
        c = trailing_zeros(rest)
        rest &= rest - 1
        if reads(s, mem8, c, word, start):
            recall(s, mem8, mem32, c, start)


@njit(error_model="numpy", boundscheck=False, _nrt=False)
def advance(s, mem8, mem32, limit):
    now = s[NOW]
    empty = 0
    stores = 0
    while True:
        @TURN@
        due = 0
        beats = s[u64(WHEEL_AT + (now & WHEEL_MASK))] & DMA_BITS
        if LOOKAHEAD and s[STREAMING] | beats != 0:
            before = now
            now = replay(s, mem8, mem32, now, limit)
            if now >= limit:
                s[NOW] = now
                return STATUS_LIMIT
            if now != before:
                empty = 0
            if s[STREAMING] != 0:
                due, stores = due_accesses(s, mem8, now)
        turn = u64(WHEEL_AT + (now & WHEEL_MASK))
        slot = s[turn]
        if slot | due == 0:
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
        if slot & ATTENTION == 0 and due == 0:
            s[turn] = 0
            s[PARITY] ^= slot >> BANKS_SHIFT
        else:
            events = s[u64(EVENTS_AT + (now & WHEEL_MASK))]
            s[NOW] = now
            if events == 0:
                # Nothing but L1 accesses is left at this time: one for each bank wins.
                if LOOKAHEAD and (ready >> RX) & 1:
                    word, end = beat_words(s, 0)
                    while word < end:
                        if may_read(s, word) != 0:
                            recall_readers(s, mem8, mem32, word, now)
                        word += 1
                    due &= s[STREAMING]
                    ready = s[turn] & ENTITY_BITS
                s[turn] = 0
                ready |= due
                if ready <= CORE_BITS:
                    ready = arbitrate(s, ready, now)
                else:
                    ready = arbitrate_with_dma(s, mem8, mem32, ready, now)
                if LOOKAHEAD:
                    stores &= ready & due
                    ready &= ~due
                    while stores != 0:
                        c = trailing_zeros(stores)
                        stores &= stores - 1
                        recall_readers(s, mem8, mem32, stored_word(s, c), now + 1)
                        serve_store(s, mem8, mem32, c)
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
                    if (s[FETCHING] >> c) & 1:
                        kind = KIND_MISS
                    if kind == OP_LAYER or (kind >= KIND_RESUME and kind <= KIND_FINISH):
                        ready |= 1 << c
                others = ready if ready != 0 else events
                # Core 0 by itself, so that nobody has gone on when it enters a layer now.
                if ready & 1:
                    others = 1
                ready = 0
                s[u64(EVENTS_AT + (now & WHEEL_MASK))] = events & ~others
                while others != 0:
                    c = trailing_zeros(others)
                    others &= others - 1
                    kind = s[u64(PEND + (c << PEND_SHIFT) + KIND)]
                    if LOOKAHEAD and (s[FETCHING] >> c) & 1:
                        if s[ICACHE_ENABLED] != 0:
                            s[FETCHING] &= ~(1 << c)
                            serve_fetch(s, mem8, c, now)
                        else:
                            recall(s, mem8, mem32, c, now)
                    elif kind >= KIND_RESUME and kind <= KIND_FINISH:
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
            done = how
            if how == GRANTED:
                @ACCESS@
                if LOOKAHEAD and is_store(current_word(s, c) & TYPE_MASK):
                    word = s[u64(PEND + (c << PEND_SHIFT) + OFF)] >> 2
                    if may_read(s, word) != 0:
                        recall_readers(s, mem8, mem32, word, now + 1)
                if (s[SLOW] >> c) & 1:
                    if split_step(s, mem8, c, now):
                        continue
                    done = COMPLETED
            after = execute(s, mem8, mem32, c, now, done)
            if LOOKAHEAD == 0 or not begin_stream(s, c, now):
                stop = mem8[u64(s[CFG_STREAMS] + (c << STREAM_SHIFT) + after - now)]
                park_stop(s, c, int64(stop), after)
        if how == GRANTED:
            now += 1


@njit(error_model="numpy", boundscheck=False, nogil=True, cache=True, _nrt=False)
def run(s, mem8, mem32, limit):
    if s[COUNTING] != 0:
        c = s[COUNTING] - 1
        start = s[NOW]
        how = WOKEN
        if s[u64(SIDE + (c << SIDE_SHIFT) + STOP_TIME)] > start:
            start = restore(s, c)
            how = AGAIN
        if how == AGAIN or has_issued(s, c):
            execute(s, mem8, mem32, c, start, how)
        return STATUS_OK
    status = advance(s, mem8, mem32, limit)
    if LOOKAHEAD:
        for c in range(s[CFG_CORES] + 1):
            recall(s, mem8, mem32, c, s[NOW])
        count_waits(s)
        count_lost(s)
    return status
"""
