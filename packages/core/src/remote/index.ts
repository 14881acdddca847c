// The lazy chunk: everything that talks to the provider, and keeps watch.
import { createActivity } from '../local/activity.ts'
import { createAttendant } from '../local/attend.ts'
import { end } from '../local/end.ts'
import type { Kernel, Remote } from '../local/remote-port.ts'
import { createMemoryStore } from '../platform/memory-store.ts'
import { createRemotePlatform } from '../platform/remote.ts'
import { isLiving, type LivingRecord, type SessionRecord } from '../policy/record.ts'
import { createProtocol } from '../protocol/index.ts'
import { answer } from './answer.ts'
import { type Context, revokeFormer } from './context.ts'
import { createKeys } from './keys.ts'
import type { Monitor, Recheck } from './monitor.ts'
import { renew } from './renew.ts'
import { afterRejection, recheckByRenewal, renewNow } from './renew-now.ts'
import { requireSession } from './require-session.ts'
import { signIn } from './sign-in.ts'
import { signOutAtProvider } from './sign-out.ts'

/** Failures that may be over once the network is back. */
const OF_NETWORK = /^(network_error|timeout|discovery_failed)$/

/**
 * @param name names the record, locks and notes of the session
 * @param recheck whether the user is still signed in at the provider. Default: a renewal, whose `invalid_grant` ends the session by itself
 */
export function createRemote(
	kernel: Kernel,
	name: string,
	platform = createRemotePlatform(name),
	protocol = createProtocol(kernel.tab.config, kernel.tab.platform, kernel.tab.now),
	recheck: (context: Context) => ReturnType<Recheck> = recheckByRenewal,
): Remote {
	const { tab, reconcile } = kernel
	const keys = createKeys(tab, platform)
	const context: Context = {
		...kernel,
		name,
		platform,
		protocol,
		keys,
		answers: new Map(),
		renewals: new Map(),
		departure: { cancel() {} },
		renew: renewOnce,
	}
	const activity = createActivity(tab, platform.activity, () => attendant.plan())
	let wantedAt = 0
	const attendant = createAttendant(tab, {
		reconcile,
		renew: renewOnce,
		activeAt: () => Math.max(activity.activeAt(), wantedAt),
	})
	let monitoring: Promise<Monitor | undefined> | undefined
	let renewing: { readonly record: LivingRecord; readonly done: Promise<void> } | undefined

	/** A load that failed is tried again at the next look. */
	function monitor(): Promise<Monitor | undefined> {
		const actions = { pageUrl: protocol.checkSessionUrl, recheck: () => recheck(context), end: endAtProvider }
		monitoring ??= import('./monitor.ts').then(
			({ createMonitor }) => createMonitor(tab, platform.frames, actions),
			() => {
				monitoring = undefined
				return monitoring
			},
		)
		return monitoring
	}

	async function endAtProvider(isMeant: (record: SessionRecord) => boolean) {
		const former = await end(tab, 'signed-out-at-provider', isMeant)
		if (former) await revokeFormer(context, former)
	}

	function renewOnce(record: LivingRecord, disregarded?: number): Promise<void> {
		const { id, living } = record
		const isUnderWay = renewing?.record.id === id && renewing.record.living.generation === living.generation
		if (renewing && isUnderWay) return renewing.done
		const done = renew(context, { id, generation: living.generation }, disregarded).finally(() => {
			if (renewing?.done === done) renewing = undefined
			attendant.plan()
		})
		renewing = { record, done }
		return done
	}

	return {
		async attend() {
			const { record } = tab.view
			if (record?.id && tab.isKeyless()) keys.find(record.id)
			activity.decided()
			await attendant.attend()
			if (tab.config.sessionMonitor) void monitor().then(monitor => monitor?.attend())
		},
		noted: activity.noted,
		async stay() {
			const snapshot = tab.settle()
			if (snapshot.status !== 'authenticated' || snapshot.warning !== 'lifetime') return activity.confirmed()
			await kernel.signIn({ prompt: 'login' })
			return true
		},
		wanted() {
			wantedAt = tab.now()
			attendant.renewIfDue()
		},
		online() {
			const { record } = tab.view
			const failure = isLiving(record) && tab.settle().status === 'authenticated' ? record.living.failure : undefined
			if (isLiving(record) && failure && OF_NETWORK.test(failure.code)) renewOnce(record, failure.retryAt).catch(() => {})
		},
		stop() {
			activity.stop()
			attendant.stop()
			void monitoring?.then(monitor => monitor?.stop())
		},
		renew: renewOnce,
		renewNow: () => renewNow(context),
		afterRejection: held => afterRejection(context, held),
		signIn: (options, isAutomatic) => signIn(context, options, isAutomatic),
		requireSession: options => requireSession(context, options),
		answer: (response, isRepeated) => answer(context, response, isRepeated),
		signOutAtProvider: (former, options) => signOutAtProvider(context, former, options),
		revoke: former => revokeFormer(context, former),
		findKey: keys.find,
		forgetKey: keys.forget,
		receive(message) {
			keys.receive(message)
			void monitoring?.then(monitor => monitor?.receive(message))
		},
		memoryStore: createMemoryStore(platform.requests),
	}
}
