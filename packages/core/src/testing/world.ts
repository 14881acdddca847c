// Many tabs of one browser under virtual time: one store, one set of locks, one channel, one provider. The stories are the real ones.
import { configure } from '../configure.ts'
import type { SessionManagerOptions } from '../options.ts'
import type { SessionRecord } from '../policy/record.ts'
import type { ReportBody } from '../remote/reporter.ts'
import type { SignInOptions } from '../session-manager.ts'
import { createChance } from './chance.ts'
import { createEther } from './channel.ts'
import { createLocks } from './locks.ts'
import { createNetwork, type Exchange, REPORTS } from './network.ts'
import type { Page } from './page.ts'
import { readProof } from './prover.ts'
import { type Answer, AUTHORITY, createProvider, type ProviderOptions } from './provider.ts'
import { createStore } from './store.ts'
import { createTab, type Surroundings, type TabOptions } from './tab.ts'
import { createTime, type TimeOptions } from './time.ts'

export const ORIGIN = 'https://app.example'

export const CLIENT_ID = 'app'

export interface WorldOptions extends ProviderOptions, TimeOptions {
	readonly session?: Partial<SessionManagerOptions>
	/** Spreads all delays; without a seed the store, channel and locks are immediate, and nothing is left to chance. */
	readonly seed?: number
	/** ms that one request and its answer take. Default 50. */
	readonly latencyMs?: number
	/** The longest part of a transaction, ms, with a seed. Default 5. */
	readonly storeMs?: number
	/** How late a message can be, ms, with a seed. Default 20. */
	readonly channelMs?: number
	/** How many messages of a hundred are lost or doubled, with a seed. Default 0. */
	readonly lossPercent?: number
	/** Answers the application's own requests. Default: an API that says whose access token it was sent, or 401. */
	readonly api?: typeof globalThis.fetch | undefined
}

export interface OpenOptions extends TabOptions {
	readonly options?: Partial<SessionManagerOptions>
	/** Names another storage partition of the origin, as a page has it that another site embeds: storage, channels and locks are apart. */
	readonly partition?: string
}

/** Told of each hidden frame as it is loaded. @returns told of the response that lands in it */
export type FrameWatcher = (page: Page, url: URL) => (response: Readonly<Record<string, string>>) => void

export type World = ReturnType<typeof createWorld>

export function createWorld(given: WorldOptions = {}) {
	const { session = {}, seed, latencyMs = 50, storeMs = 5, channelMs = 20 } = given
	let { lossPercent = 0 } = given
	const time = createTime(given)
	const chance = seed === undefined ? undefined : createChance(seed)
	const upTo = (ms: number) => (chance ? Math.ceil(chance.fraction() * ms) : 0)
	const happens = (probability: number) => !!chance?.happens(probability)
	const provider = createProvider(time, CLIENT_ID, given)
	const network = createNetwork(time, {
		server,
		delay: () => (chance ? Math.ceil(chance.fraction() * latencyMs) : latencyMs / 2),
		isRecalled: () => happens(0.5),
		api: given.api,
	})
	const createPartition = (): Surroundings => ({
		time,
		chance,
		store: createStore(
			time,
			() => upTo(storeMs),
			// A page that is at work takes what comes late.
			() => upTo(happens(0.1) ? 4 * storeMs : storeMs),
		),
		ether: createEther(time, {
			delay: () => upTo(channelMs),
			isLost: () => happens(lossPercent / 100),
			isDoubled: () => happens(lossPercent / 100),
		}),
		locks: createLocks(() => upTo(storeMs)),
		network,
		localNotes: new Map(),
		callbacks: createEther(time, { delay: () => upTo(channelMs), isLost: () => false, isDoubled: () => happens(lossPercent / 100) }),
		frame,
		checkSession: provider.checkSession,
		serial: () => serials++,
	})
	const surroundings = createPartition()
	const partitions = new Map<string | undefined, Surroundings>([[undefined, surroundings]])
	const { store, ether, locks } = surroundings
	const frameWatchers: FrameWatcher[] = []
	const reports: ReportBody[] = []
	let serials = 0

	/** The provider, an API that takes its access tokens, and who takes reports of alerts. */
	function server({ url, form, text, authorization, proof, method }: Exchange): Answer {
		if (url.origin === AUTHORITY) return provider.handle(url, form, readProof(proof, method, url))
		if (url.pathname === REPORTS) {
			reports.push(JSON.parse(text ?? ''))
			return { status: 200, body: '' }
		}
		const [scheme, token = ''] = authorization?.split(' ') ?? []
		const user = provider.introspect(token)
		const { jkt, ath } = readProof(proof, method, url) ?? {}
		const isProven = user?.jkt ? scheme === 'DPoP' && jkt === user.jkt && ath === token : scheme === 'Bearer'
		return user && isProven ? { status: 200, body: user.sub } : { status: 401, body: '' }
	}

	/** The provider answers by itself, and its answer lands on the callback page, which hands it over. */
	function frame(page: Page, url: URL): () => void {
		let isGone = false
		const tell = frameWatchers.map(watcher => watcher(page, url))
		page.after(2 * (chance ? Math.ceil(chance.fraction() * latencyMs) : latencyMs / 2), () => {
			const answer = isGone || network.isDown() ? undefined : provider.silently(url)
			if (!answer) return
			for (const told of tell) told(answer)
			handOver(answer)
		})
		return () => {
			isGone = true
		}
	}

	/** A callback page hands over the response of a popup or a frame. */
	const handOver = (response: Readonly<Record<string, string>>) =>
		surroundings.callbacks.say({ callback: `?${new URLSearchParams(response)}` })

	const configOf = (href: string, options: OpenOptions['options']) =>
		configure({ authority: AUTHORITY, clientId: CLIENT_ID, redirectUri: '/signed-in', apis: ['/api'], ...session, ...options }, href)

	function open(path = '/', { options, partition, ...tabOptions }: OpenOptions = {}) {
		const href = new URL(path, ORIGIN).href
		const config = configOf(href, options)
		const shared = partitions.get(partition) ?? createPartition()
		partitions.set(partition, shared)
		return createTab(shared, config, href, tabOptions)
	}

	/** A tab in which `sub` has just signed in, with a password unless `options` say otherwise. */
	async function signedIn(sub = 'alice', path = '/', options: SignInOptions = { prompt: 'login' }) {
		const ownNotes = new Map<string, string>()
		const before = open(path, { ownNotes })
		await time.advance(200)
		void before.signIn(options)
		await time.advance(200)
		const { state, code, sessionState } = provider.signIn(sub, new URL(before.visited.at(-1) as string))
		before.crash()
		const tab = open(`/signed-in?state=${state}&code=${code}&session_state=${sessionState}`, { ownNotes })
		await time.advance(400)
		return tab
	}

	return {
		time,
		provider,
		network,
		store,
		locks,
		ether,
		/** Every hint that was posted. */
		messages: ether.messages,
		localNotes: surroundings.localNotes,
		open,
		handOver,
		watchFrames: (watcher: FrameWatcher) => void frameWatchers.push(watcher),
		/** Ends the `state` of each sign-in of the application. */
		stateSuffix: configOf(ORIGIN, {}).stateSuffix,
		/** Somebody says this to all who wait for callback pages. */
		overhear: surroundings.callbacks.say,
		signedIn,
		record: () => store.value() as SessionRecord | undefined,
		/** Reports of alerts that have arrived at `/alerts`. */
		reports,
		say: ether.say,
		/** From now on nothing goes wrong. */
		heal() {
			lossPercent = 0
			provider.mistake(undefined)
			provider.setFrames('open')
			provider.refuseRefreshes(undefined)
			network.faults.length = 0
			network.reportFaults.length = 0
			network.setDown(false)
			store.heal()
		},
	}
}
