// A world in which the provider, or somebody in its place, says what a row of the hostile list has it say; and books of all that a page is told.
import type { Answer, NetworkFault, TestTab, WorldOptions } from '../../src/testing/index.ts'
import { createWorld } from '../../src/testing/index.ts'
import { headerOf, published, type Signature, signed } from './keys.ts'

/** What becomes of the members of an object; `undefined` takes one away. */
type Change = Readonly<Record<string, unknown>>

/** What the token endpoint says in place of its own answer. */
export interface Said {
	/** Claims of the ID token. */
	readonly claims?: Change
	/** The ID token's header. */
	readonly header?: Change
	/** In place of the whole ID token. */
	readonly idToken?: unknown
	/** Members of the token response. */
	readonly response?: Change
	readonly signature?: Signature
	/** What the provider publishes from then on (RFC 7517 section 5). */
	readonly keys?: readonly unknown[]
}

/** What an API answers. @param nth the first is 1 */
export type Api = (request: Request, nth: number) => Response

export type Place = ReturnType<typeof createPlace>

export const json = (status: number, body: unknown, headers: Record<string, string> = {}): Answer => ({
	status,
	body: JSON.stringify(body),
	headers: { 'Content-Type': 'application/json', ...headers },
})

const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url')
const decode = (part: string | undefined) => JSON.parse(Buffer.from(part ?? '', 'base64url').toString())

function changed(body: string, { claims, header, idToken, response, signature }: Said): string {
	const said = JSON.parse(body)
	const [head, payload, none] = String(said.id_token).split('.')
	const text = [
		encode({ ...decode(head), ...(signature && headerOf(signature)), ...header }),
		encode({ ...decode(payload), ...claims }),
	].join('.')
	said.id_token = `${text}.${signature ? signed(text, signature) : none}`
	if (idToken !== undefined) said.id_token = idToken
	return JSON.stringify({ ...said, ...response })
}

const keySet = (keys: readonly unknown[]) => json(200, { keys })

/** Parts of a wait, with a turn of the real world between two. */
const SLICES = 10

/** An error as somebody sees it who looks at everything. */
function told(error: unknown, depth = 0): unknown {
	if (!(error instanceof Error) || depth > 5) return error
	return { ...error, message: error.message, stack: error.stack, cause: told(error.cause, depth + 1) }
}

const SECRETS = /access-\d+|refresh-\d+|eyJ[\w-]+\.eyJ[\w-]+\.[\w-]*/g

export function createPlace(options: WorldOptions = {}) {
	const world = createWorld({
		lifetimeMs: 20_000,
		async api(input, init) {
			const request = new Request(input, init)
			keep(request.headers.get('Authorization')?.split(' ')[1])
			keep(request.headers.get('DPoP'))
			calls.push(request)
			return api(request, calls.length)
		},
		...options,
		session: { idle: false, ...options.session },
	})
	const { provider, network, time } = world
	const { handle } = provider
	let keys: Answer = keySet([published('a')])
	provider.handle = own
	const secrets = new Set<string>()
	const seen: unknown[] = []
	const calls: Request[] = []
	let api: Api = () => new Response('')
	const requests: string[] = []
	const tabs: TestTab[] = []
	let pending = 0

	function keep(secret: string | null | undefined) {
		if (secret) secrets.add(secret)
	}

	network.watch(({ url, form, proof }) => {
		requests.push(url.pathname)
		keep(proof)
		for (const name of ['code', 'code_verifier', 'refresh_token', 'token']) keep(form.get(name))
		return answer => {
			for (const secret of answer?.body.match(SECRETS) ?? []) keep(secret)
		}
	})

	/** The provider as it is, with its keys. */
	function own(...[url, ...more]: Parameters<typeof handle>): Answer {
		return url.pathname === '/jwks' ? keys : handle(url, ...more)
	}

	const open: typeof world.open = (path, openOptions) => {
		const tab = world.open(path, openOptions)
		tabs.push(tab)
		return tab
	}

	return {
		world,
		open,

		/** From now on the token endpoint says this. */
		says(said: Said) {
			provider.handle = (url, ...more) => {
				const answer = own(url, ...more)
				if (url.pathname !== '/token' || answer.status !== 200) return answer
				if (said.keys) keys = keySet(said.keys)
				return { ...answer, body: changed(answer.body, said) }
			}
		},
		/** From now on an address of the provider answers so. */
		answers(pathname: string, answer: Answer) {
			provider.handle = (url, ...more) => (url.pathname === pathname ? answer : own(url, ...more))
		},
		/** From now on the application's APIs answer so, and every other host that is none of the provider's. */
		apiSays(next: Api) {
			api = next
		},
		/** Every request that went to them. */
		calls,
		/** How many requests went to an address of the provider. */
		requestsTo: (pathname: string) => requests.filter(path => path === pathname).length,
		/** The next token request meets this. */
		meets: (fault: NetworkFault) => void network.faults.push(fault),
		/** Where the provider publishes its keys is its maintenance page. */
		hidesKeys() {
			keys = { status: 200, body: '<!doctype html>' }
		},
		/** The provider is itself again. */
		heal() {
			keys = keySet([published('a'), published('b')])
			if (!options.session?.verifySignature) provider.handle = own
		},
		/** Time passes, in the world and, for WebCrypto, outside. */
		async pass(ms: number) {
			for (let slice = 0; slice < SLICES; slice++) {
				await time.advance(ms / SLICES)
				await crypto.subtle.digest('SHA-256', new Uint8Array(1))
			}
			await time.flush()
		},

		/** Calls a public method: its error is looked at, and it has to settle. */
		async call(promise: Promise<unknown>): Promise<unknown> {
			pending += 1
			return promise.then(
				value => {
					pending -= 1
					return value
				},
				error => {
					pending -= 1
					seen.push(told(error))
				},
			)
		},

		/** Leaves for the provider, where Alice signs in. @returns her response, and the notes of the tab that left */
		async atProvider(signIn: Parameters<TestTab['signIn']>[0] = {}, claims?: object) {
			const ownNotes = new Map<string, string>()
			const before = open('/', { ownNotes })
			await time.advance(200)
			void before.signIn(signIn).catch(() => {})
			await time.advance(200)
			const request = new URL(before.visited.at(-1) ?? 'https://nowhere.example')
			before.crash()
			const { state, code, sessionState } = provider.signIn('alice', request, claims)
			return { ownNotes, state, code, callback: `/signed-in?state=${state}&code=${code}&session_state=${sessionState}` }
		},

		/** What leaked: tokens, codes, verifiers and proofs in an error, an event, an address or a message. */
		leaks(): string[] {
			for (const tab of tabs) {
				const { error } = tab.getSnapshot()
				// The way out has the ID token in its address, as the standard wants it.
				seen.push(
					told(error),
					tab.href,
					tab.visited.filter(url => !url.includes('/end-session')),
					tab.popups.map(({ url }) => url),
				)
				for (const { event } of tab.events) seen.push(event, told((event as { error?: unknown }).error))
			}
			const text = JSON.stringify([seen, world.messages])
			// A proof of these worlds is JSON itself.
			return [...secrets].filter(secret => text.includes(JSON.stringify(secret).slice(1, -1)))
		},
		/** Public methods that have not settled. */
		unsettled: () => pending,
	}
}

/** What an application and its user see of a page. */
export function shownBy(tab: TestTab): string {
	const snapshot = tab.getSnapshot()
	if (snapshot.status === 'authenticated') return snapshot.renewal === 'ok' ? 'signed in' : 'kept, retrying'
	if (snapshot.status !== 'unauthenticated') return snapshot.status
	return snapshot.error ? `refused: ${snapshot.error.code}` : `ended: ${snapshot.reason}`
}
