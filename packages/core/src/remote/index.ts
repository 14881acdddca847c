// The lazy chunk: everything that talks to the provider, and keeps watch.
import { SessionError } from '../errors.ts'
import { createActivity } from '../local/activity.ts'
import { createAttendant } from '../local/attend.ts'
import { end } from '../local/end.ts'
import type { Kernel, Remote } from '../local/remote-port.ts'
import { hintedUser } from '../local/response.ts'
import { warnIfDue } from '../local/warn.ts'
import { createMemoryStore } from '../platform/memory-store.ts'
import type { RecordStore } from '../platform/ports.ts'
import { createRemotePlatform } from '../platform/remote.ts'
import { isLiving, type SessionRecord } from '../policy/record.ts'
import { createProtocol, type Protocol } from '../protocol/index.ts'
import { answer } from './answer.ts'
import { createArrivals } from './arrivals.ts'
import { comeBack } from './come-back.ts'
import { type Context, revokeFormer } from './context.ts'
import { dropKept } from './drop-kept.ts'
import { signInInPopup } from './in-popup.ts'
import { createKeys } from './keys.ts'
import type { Monitor, Recheck } from './monitor.ts'
import { moveKey } from './move-key.ts'
import { createNoting } from './noting.ts'
import { sendProven } from './proven-fetch.ts'
import { recheck } from './recheck.ts'
import { renew } from './renew.ts'
import { afterRejection, renewNow } from './renew-now.ts'
import { createRenewals } from './renewals.ts'
import { requireSession } from './require-session.ts'
import { boundedSeal } from './sealing.ts'
import { signIn } from './sign-in.ts'
import { signOutAtProvider } from './sign-out.ts'
import { signInSilently } from './sso.ts'
import { stay } from './stay.ts'
import { createStepUp } from './step-up.ts'
import { createTimeCheck, presentOf } from './time-check.ts'
import { createForgetting } from './unattended.ts'

/** Failures that may be over once the network is back. */
const OF_NETWORK = /^(network_error|timeout|discovery_failed)$/

/** Opens a store of another value beside the record. @param loadMemory this page's memory, where IndexedDB is not to be had */
export type OpenStore = (name: string, loadMemory: () => Promise<Pick<RecordStore, 'read' | 'update'>>) => RecordStore

/** What a test puts something else for. */
export interface Parts {
	readonly protocol: Protocol
	loadPopup(): Promise<typeof import('./popup.ts')>
	loadAlerts(): Promise<typeof import('./alerts.ts')>
	/** Whether the user is still signed in at the provider. */
	recheck(context: Context): ReturnType<Recheck>
}

/** @param name names the record, locks and notes of the session */
export function createRemote(
	kernel: Kernel,
	name: string,
	openStore: OpenStore,
	given = createRemotePlatform(name),
	{
		protocol = createProtocol(kernel.tab.config, kernel.tab.platform, kernel.tab.now, undefined, presentOf(kernel.tab)),
		loadPopup = () => import('./popup.ts'),
		loadAlerts = () => import('./alerts.ts'),
		recheck: ask = recheck,
	}: Partial<Parts> = {},
): Remote {
	const { tab, reconcile } = kernel
	const platform = { ...given, seal: boundedSeal(given.seal, tab.platform.clock, tab.config.requestTimeoutMs) }
	const keys = createKeys(tab, platform)
	// What earlier options have left.
	const { storage, firstFrame } = tab.config
	if (storage === 'tabs' || !firstFrame) platform.hints.device.clear()
	if (storage === 'device' || !firstFrame) platform.hints.tabs.clear()
	const noting = createNoting(tab, platform.stray, async waiting => {
		const { createAlerts } = await loadAlerts()
		const ledger = openStore(`${name}:alerts`, async () => {
			if (!tab.platform.store.inMemory) throw new SessionError('storage_unavailable')
			return createMemoryStore()
		})
		return createAlerts(tab, { ledger, beacon: platform.beacon }, waiting)
	})
	const context: Context = {
		...kernel,
		name,
		platform,
		protocol,
		keys,
		arrivals: createArrivals(platform.callbacks, tab.platform.clock.wall),
		stepUp: createStepUp(kernel),
		note: noting.note,
		loadPopup: () =>
			loadPopup().catch(cause => {
				throw new SessionError('chunk_failed', { cause })
			}),
		answers: new Map(),
		sent: new Set(),
		renewals: new Map(),
		refusals: new Map(),
		departure: { cancel() {} },
		renew: (...asked) => renewals(...asked),
	}
	const activity = createActivity(tab, platform.activity, { attend: () => void attendant.attend(), reconcile })
	let wantedAt = 0
	const attendant = createAttendant(tab, {
		reconcile,
		renew: record => renewals(record),
		// A clock that was set back since leaves them ahead.
		activeAt: () => Math.min(tab.now(), Math.max(activity.activeAt(), wantedAt)),
	})
	const renewals = createRenewals(
		tab,
		({ id, living }, wanted) => renew(context, { id, generation: living.generation }, wanted),
		() => attendant.plan(),
	)
	const forgetting = createForgetting(context)
	const timeCheck = createTimeCheck(context)
	let monitoring: Promise<Monitor | undefined> | undefined
	/** Once a page: two that are open with different options do not move the key back and forth. */
	let isKeyPlaced = false
	let isMovingKey = false

	function placeKey() {
		if (isKeyPlaced || isMovingKey) return
		isMovingKey = true
		// What fails is tried again at the next look.
		moveKey(context).then(
			isPlaced => {
				isKeyPlaced ||= isPlaced
				isMovingKey = false
			},
			() => {
				isMovingKey = false
			},
		)
	}

	// Every commit and read passes here, those of the kernel too.
	const dropped = tab.until(() => {
		dropKept(context)
		return false
	})
	dropped.catch(() => {}) // disposed

	/** A load that failed is tried again at the next look. */
	function monitor(): Promise<Monitor | undefined> {
		const actions = { pageUrl: protocol.checkSessionUrl, recheck: () => ask(context), end: endAtProvider }
		monitoring ??= import('./monitor.ts').then(
			({ createMonitor }) => createMonitor(tab, platform.frames, actions),
			() => {
				monitoring = undefined
				return monitoring
			},
		)
		return monitoring
	}

	/** Whether something in web storage says that there is a record; a page with its record in memory leaves none of this but its sign-ins. */
	function hasTraces(): boolean {
		const { hint, landing } = tab.platform
		const isDeparted = landing.read() !== undefined && platform.requests.read() === undefined
		return !!hintedUser(hint.read(), tab.now()) || tab.platform.tabKey.read() !== undefined || isDeparted
	}

	async function endAtProvider(isMeant: (record: SessionRecord) => boolean) {
		const former = await end(tab, 'signed-out-at-provider', isMeant)
		if (former) await revokeFormer(context, former)
	}

	return {
		async attend() {
			const { record } = tab.view
			if (record?.id && tab.isKeyless()) keys.find(record.id)
			placeKey()
			timeCheck.run()
			activity.decided()
			await warnIfDue(tab)
			await attendant.attend()
			if (tab.config.sessionMonitor) void monitor().then(monitor => monitor?.attend())
			noting.attend()
			forgetting.attend()
		},
		noted: activity.noted,
		held: activity.held,
		stay: at => stay(context, () => activity.confirmed(at)),
		wanted() {
			wantedAt = tab.now()
			attendant.renewIfDue()
		},
		online() {
			noting.online()
			const { record } = tab.view
			timeCheck.run(record?.living?.failure?.retryAt)
			const failure = isLiving(record) && tab.settle().status === 'authenticated' ? record.living.failure : undefined
			if (isLiving(record) && failure && OF_NETWORK.test(failure.code)) renewals(record, failure.retryAt).catch(() => {})
		},
		stop() {
			context.answers.clear()
			context.refusals.clear()
			tab.handed.clear()
			keys.stop()
			activity.stop()
			attendant.stop()
			timeCheck.stop()
			noting.stop()
			forgetting.stop()
			void monitoring?.then(monitor => monitor?.stop())
		},
		renew: (record, indicator) => renewals(record, undefined, indicator),
		renewNow: () => renewNow(context),
		sendProven: (...request) => sendProven(context, ...request),
		afterRejection: (...rejection) => afterRejection(context, ...rejection),
		signIn: (options, isAutomatic) => signIn(context, options, isAutomatic),
		signInInPopup: (options, popup, answering) => signInInPopup(context, options, popup, answering),
		comeBack: (...call) => comeBack(context, ...call),
		signInSilently: () => signInSilently(context),
		requireSession: options => requireSession(context, options),
		answer: (response, isRepeated) => answer(context, response, isRepeated),
		signOutAtProvider: (former, options) => signOutAtProvider(context, former, options),
		revoke: former => revokeFormer(context, former),
		findKey: keys.find,
		receive(message) {
			keys.receive(message)
			noting.receive(message)
			void monitoring?.then(monitor => monitor?.receive(message))
		},
		memoryStore() {
			if (hasTraces()) throw new SessionError('storage_unavailable', { detail: 'IndexedDB is refused' })
			return createMemoryStore(platform.requests)
		},
	}
}
