// What this tab knows of the session: the record as last read, the snapshot made of it, and whether it may still be trusted.
import { SessionError } from '../errors.ts'
import type { Config } from '../options.ts'
import type { Platform } from '../platform/ports.ts'
import { type Anchor, announcedAt, CLOCK_LAG_MS, endsAt, isClockBehind, sessionTime } from '../policy/deadlines.ts'
import { deadlineReason, type End, isLiving, isLivingNewer, type LivingRecord, parse, type SessionRecord } from '../policy/record.ts'
import { type Authenticated, blankView, derive, loading, type Snapshot, type Unauthenticated, type View, warningTime } from '../snapshot.ts'
import { toSessionError } from '../to-session-error.ts'
import { createAudience } from './audience.ts'
import { bounded } from './bounded.ts'
import { parseNote } from './response.ts'

/** ms that tokens in memory are trusted without a look at the record (I2). */
const TRUST_MS = 5000

/** What a transaction saw or made, and whether it published tokens. */
export interface Seen {
	readonly record: SessionRecord | undefined
	readonly isMine?: boolean
}

/** Long work, or something playing. */
export interface Hold {
	readonly name: string
	/** ms in session time; released by then. Moves with the session's clock. */
	until: number
}

export type Tab = ReturnType<typeof createTab>

/** @param findKey looks for the key of a session, in this tab or in others, and gives it to `keep` */
export function createTab(config: Config, platform: Platform, findKey: (id: string) => void) {
	const { clock, store, channel, hint, tabKey } = platform
	const id = platform.random.id()
	const view: View = { ...blankView }
	const audience = createAudience(config.debug)
	const { listeners, later, tell } = audience
	/** `storage: 'tabs'`: keys of sessions, by id; `false` where no tab has it. */
	const keys = new Map<string, CryptoKey | false>()
	/** Ids of sessions that this tab is committing: a key is stored before the commit that needs it. */
	const committing: string[] = []
	/** Access tokens of the live session that were handed out, by the name of what they are for. */
	const handed = new Map<string, unknown>()
	let snapshot: Snapshot = loading
	let anchor: Anchor = { time: 0, mono: 0 }
	let readAt: { readonly wall: number; readonly mono: number } | undefined
	/** The session that this page shows, or showed last. */
	let shown: string | undefined
	let hasShown = false
	/** The end whose warning was told last, of each cause, ms in session time. */
	const warnedOf: Partial<Record<NonNullable<Authenticated['warning']>, number>> = {}
	let asleep: Promise<void> | undefined
	/** How often a hint came: a read that was under way then proves nothing. */
	let distrusts = 0
	/** How often the page was put to sleep; what was seen before is stale after. */
	let sleeps = 0
	let awaken = () => {}
	const sleepers = new Set<() => void>()
	/** What keeps the session from being idle, whether or not anybody is active. */
	const holds = new Set<Hold>()
	/** Look at each turn of affairs, seen by the application or not. */
	const waiting = new Set<() => void>()
	/** Whether the manager has been disposed of. */
	let isClosed = false
	/** Transactions in the order they were begun; a later one that was taken makes an earlier one old. */
	let begun = 0
	let taken = 0

	/** Session time, ms: never runs backwards (I4). */
	function now(): number {
		const mono = clock.mono()
		anchor = { time: sessionTime(anchor, clock.wall(), mono, view.record?.skewMs), mono }
		return anchor.time
	}

	/** Whether the clock of `record` is the one that this page's session time is by. */
	const isSameClock = ({ clockSetAt }: SessionRecord) => !!view.record && view.record.clockSetAt === clockSetAt

	/** Session time by the clock of `record`. */
	const timeOf = (record: SessionRecord): number =>
		sessionTime({ time: Math.max(record.highTime, isSameClock(record) ? now() : 0), mono: 0 }, clock.wall(), 0, record.skewMs)

	/** Within a session only a clock that was wrong goes back. A page that loads does not follow a wall clock that is behind the record's. */
	function setClock(record: SessionRecord) {
		const isSet = !isSameClock(record)
		const [before, time] = [now(), timeOf(record)]
		const isFollowed = record.id !== view.record?.id || before - time >= CLOCK_LAG_MS
		anchor = { time: isFollowed ? time : Math.max(before, time), mono: clock.mono() }
		view.doubt = isClockBehind(anchor.time, clock.wall(), record.skewMs) && (isSet || view.doubt)
		if (isSet) for (const hold of holds) hold.until += anchor.time - before
	}

	/** Derives the snapshot anew; called in the task in which something became known. */
	function settle(): Snapshot {
		const before = snapshot
		const next = derive(view, now(), config)
		const isSame = before.status === next.status && Object.entries(next).every(([key, value]) => before[key as keyof Snapshot] === value)
		if (!isSame) snapshot = next
		if (next.status === 'authenticated') show(next, before)
		const { reason } = next as Partial<Unauthenticated>
		if (shown && reason === 'key-unavailable') shown = void later('ended', { reason, by: 'this-tab', at: now() })
		if (!isSame) {
			if (next.status === 'user-changed') later('userChanged', next)
			// A handler may have changed what there is to tell, and told it.
			for (const listener of listeners) if (snapshot === next) tell(listener, undefined)
		}
		audience.tellNews()
		lookAgain()
		return snapshot
	}

	/** The session that a snapshot shows is this page's own from now on; what it announces is told. */
	function show({ user, warning }: Authenticated, before: Snapshot) {
		view.accepted = user
		const { record } = view
		// A first-frame hint shows the user before it is known whether the session can be opened here.
		if (!view.isRead || !isLiving(record) || !view.keyed) return
		if (record.id !== shown) {
			shown = record.id
			hasShown = true
			later('authenticated', { user })
		}
		const deadline = announcedAt(record.living, warningTime(view, now()), config)?.at as number
		// A page that was in doubt for a moment, or warned of another end that came first, shows again what it has told.
		if (!warning || warning === (before as Partial<Authenticated>).warning || warnedOf[warning] === deadline) return
		warnedOf[warning] = deadline
		later('warned', { cause: warning, deadline })
	}

	const keyOf = ({ id, living }: Pick<SessionRecord, 'id' | 'living'>): CryptoKey | undefined => {
		const key = living?.key ?? keys.get(`${id}`)
		// Tokens are of no use without the key they are bound to, nor to an application that binds none.
		const isBound = living?.dpopKey?.privateKey instanceof CryptoKey
		// A copied profile or a test tool brings back something that only looks like a key.
		return key instanceof CryptoKey && isBound === config.dpop ? key : undefined
	}

	/** Whether the session can be opened here; `undefined` while the other tabs are asked. */
	function isKeyed(record: LivingRecord): boolean | undefined {
		if (!record.living.key && !keys.has(record.id)) return void findKey(record.id)
		return !!keyOf(record)
	}

	/** Keeps the key of a session; `false`: no tab has it. */
	function keep(sessionId: string, key: CryptoKey | false) {
		keys.set(sessionId, key)
		if (isLiving(view.record)) {
			view.keyed = isKeyed(view.record)
			remember(view.record)
		}
		settle()
	}

	/** Removes every key but that of the live session, and that too where the record has it: an old record that is put back opens nothing (I2). */
	function removeKeys(record: SessionRecord | undefined) {
		const kept = [...committing, record?.end || record?.living?.key ? '' : record?.id] as string[]
		for (const each of keys.keys()) if (!kept.includes(each)) keys.delete(each)
		const text = JSON.stringify(parseNote(tabKey.read()), kept)
		if (text !== '{}') return tabKey.write(text)
		tabKey.clear()
		view.hinted = undefined
	}

	/** Takes what a transaction saw, unless a later one has been taken already. */
	function take({ record, isMine }: Seen, order: number, stamp: typeof readAt) {
		const isNews = record && record.revision > (view.record?.revision ?? 0)
		if (order < taken && !isNews) return
		taken = Math.max(taken, order)
		readAt = stamp
		if (record) setClock(record)
		const before = view.record
		view.record = record
		view.isRead = true
		view.trouble = undefined
		if (isLivingNewer(record)) outdate()
		else view.outdated = undefined
		noteEnd(record, before)
		removeKeys(record)
		const living = isLiving(record) ? record : undefined
		if (living?.id !== before?.id || !living) handed.clear()
		if (living) alive(living, isLiving(before) ? before : undefined, !!isMine)
		// The hint of a newer version's session is its own.
		if (!view.outdated) remember(living)
		settle()
	}

	function outdate() {
		if (view.outdated) return
		view.outdated = new SessionError('update_required')
		later('updateRequired', {})
	}

	function alive(record: LivingRecord, before: LivingRecord | undefined, isMine: boolean) {
		view.keyed = isKeyed(record)
		view.error = undefined
		const { living } = record
		// A read brings equal copies; what the application sees keeps its identity.
		const known = [view.accepted, before?.living.user].find(user => JSON.stringify(user) === JSON.stringify(living.user))
		if (known) view.record = { ...record, living: { ...living, user: known } }
		if (before?.id === record.id && living.generation > before.living.generation && !living.failure) {
			later('renewed', { by: isMine ? 'this-tab' : 'other-tab', generation: living.generation })
		}
	}

	const ended = ({ reason, at, tab, revoked }: End): NonNullable<View['end']> => ({
		reason,
		at,
		revoked,
		// A page that showed no session tells of the end it finds as of its own.
		by: tab === id || !hasShown ? 'this-tab' : 'other-tab',
	})

	function noteEnd(record: SessionRecord | undefined, before: SessionRecord | undefined) {
		if (record?.id !== before?.id || record?.end) view.unended = undefined
		if (shown && (record?.id !== shown || record.end)) over(shown, record, before)
		else if (record?.end && (record.end.at !== view.end?.at || record.end.reason !== view.end.reason)) view.end = ended(record.end)
	}

	/** The session this page showed is over (I8: one event a tab). */
	function over(former: string, record: SessionRecord | undefined, before: SessionRecord | undefined) {
		shown = undefined
		const isReplaced = record?.id !== undefined && record.id !== former
		// A deadline that had passed before the next session began is the reason, though nobody was there to commit it.
		const due = isReplaced ? deadlineReason(before, record.living?.startedAt ?? now(), config) : undefined
		const reason = due ?? (isReplaced ? 'replaced' : 'storage-cleared')
		const told = ended((!isReplaced && record?.end) || { reason, at: now(), tab: '' })
		// Of a later session that is over too, all tabs show the same.
		view.end = record?.end ? ended(record.end) : told
		later('ended', told)
	}

	/** Keeps the first-frame hint in step with the record: none of a session that this tab cannot open, or that is gone with the page. */
	function remember(record: LivingRecord | undefined) {
		// A write that fails, as in full storage, must not leave the hint of an earlier user.
		hint.clear()
		const isOpenable = record && (keyOf(record) || tabKey.read())
		if (isOpenable && config.firstFrame && !store.inMemory)
			hint.write(JSON.stringify({ user: record.living.user, until: endsAt(record.living, config) }))
	}

	/** Runs one transaction and takes what it saw, unless the page slept before it came. @throws SessionError `storage_unavailable` */
	async function transact(run: () => Promise<Seen>): Promise<boolean> {
		await asleep
		begun += 1
		const [order, before, doubts] = [begun, sleeps, distrusts]
		// From before the transaction: what it saw may be old by the time its callback runs.
		const stamp = { wall: clock.wall(), mono: clock.mono() }
		let seen: Seen
		try {
			seen = await run()
		} catch (error) {
			if (before === sleeps) throw error
			// Undone when the page was put to sleep: done again once it wakes.
			return transact(run)
		}
		if (before === sleeps) take(seen, order, doubts === distrusts ? stamp : undefined)
		return before === sleeps
	}

	/** @throws SessionError `storage_unavailable` */
	async function read(): Promise<SessionRecord | undefined> {
		let isFresh = false
		while (!isFresh) isFresh = await transact(async () => ({ record: parse(await store.read()) }))
		return view.record
	}

	/**
	 * Resolves once the snapshot passes `test`, which may ask for what else is known.
	 * @throws SessionError `disposed`; the signal's reason
	 */
	function until(test: (snapshot: Snapshot) => boolean, signal?: AbortSignal): Promise<Snapshot> {
		return new Promise((resolve, reject) => {
			const look = () => {
				if (isClosed) reject(new SessionError('disposed'))
				else if (signal?.aborted) reject(signal.reason)
				else if (test(snapshot)) resolve(snapshot)
				else return
				waiting.delete(look)
				signal?.removeEventListener('abort', look)
			}
			waiting.add(look)
			signal?.addEventListener('abort', look)
			look()
		})
	}

	const lookAgain = () => {
		for (const look of waiting) look()
	}

	return {
		id,
		config,
		platform,
		view,
		audience,
		holds,
		now,
		timeOf,
		settle,
		keys,
		committing,
		handed,
		keyOf,
		keep,
		getSnapshot: () => snapshot,

		/**
		 * Opens what is sealed in a record.
		 * @returns `undefined` without the key, as of a session that has ended
		 * @throws SessionError `storage_unavailable` where the key does not open it, `timeout`
		 */
		async open<T>(record: LivingRecord, sealed: LivingRecord['living']['tokens']): Promise<T | undefined> {
			const key = keyOf(record)
			if (!key) return undefined
			const opening = platform.unseal.open(key, sealed).catch(cause => Promise.reject(toSessionError(cause)))
			return (await bounded(clock, config.requestTimeoutMs, opening, 'WebCrypto')) as T
		},

		/** Pending while the tab may not work: a frozen page's open transactions stall every other tab. */
		awake: () => asleep,
		/** Runs `task` when the page is put to sleep. @returns forget it */
		beforeSleep(task: () => void): () => void {
			sleepers.add(task)
			return () => sleepers.delete(task)
		},
		sleep() {
			sleeps += 1
			store.interrupt()
			for (const task of sleepers) task()
			readAt = undefined
			channel.close()
			asleep ??= new Promise(resolve => {
				awaken = resolve
			})
		},
		wake() {
			asleep = undefined
			awaken()
		},

		/** A hint says that something has changed, or the user asks: look before anything is handed out. */
		distrust() {
			distrusts += 1
			readAt = undefined
			for (const [sessionId, key] of keys) if (!key) keys.delete(sessionId)
		},

		/** Whether what is in memory may be used without a look at the record. */
		isTrusted: () => !!readAt && Math.abs(clock.wall() - readAt.wall) < TRUST_MS && clock.mono() - readAt.mono < TRUST_MS,

		transact,
		read,

		/** Shows an error in the snapshot of a page without a session. */
		fail(error: SessionError) {
			view.error = error
			view.redirecting = undefined
			view.isAnswering = false
			settle()
		},

		/** Whether a living session is shown that this tab has not got the key of yet. */
		isKeyless: () => isLiving(view.record) && view.keyed === undefined,

		until,
		/**
		 * Settles as what `start` returns, which goes on in any case.
		 * @throws SessionError `disposed`, or the signal's reason, as soon as that is so; nothing is started if it is so already
		 */
		async live<T>(start: () => Promise<T>, signal?: AbortSignal): Promise<T> {
			let isOver = false
			const cut = until(() => isOver, signal) as Promise<never>
			try {
				return await Promise.race([cut, isClosed || signal?.aborted ? cut : start()])
			} finally {
				isOver = true
				lookAgain()
			}
		},
		/** The manager is disposed of: nothing waits any longer. */
		close() {
			isClosed = true
			lookAgain()
		},
	}
}
