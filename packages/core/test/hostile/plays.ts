// How a row of the hostile list is played, and what came of it in a few words.
import type { Answer, NetworkFault, TestTab } from '../../src/testing/index.ts'
import { published } from './keys.ts'
import { json, type Place, type Said, shownBy } from './place.ts'

export type SignIn = Parameters<TestTab['signIn']>[0]

/** ms in which a request is answered, and longer than any may take. */
const REQUEST_MS = 1000
const BOUND_MS = 45_000

/** Alice comes back from the provider, where this is the case. */
export const signsInWhere =
	(prepare: (place: Place) => void, options: SignIn = {}) =>
	async (place: Place): Promise<string> => {
		const { ownNotes, callback } = await place.atProvider(options)
		prepare(place)
		const tab = place.open(callback, { ownNotes })
		await place.pass(BOUND_MS)
		return shownBy(tab)
	}

/** Alice comes back from the provider, who says this. */
export const signsIn = (said: Said, options?: SignIn) => signsInWhere(place => place.says(said), options)

/** Alice comes back with another address than the provider gave her. */
export const returns =
	(change: (callback: URL) => void) =>
	async (place: Place): Promise<string> => {
		const { ownNotes, callback } = await place.atProvider()
		const url = new URL(callback, 'https://app.example')
		change(url)
		const tab = place.open(url.pathname + url.search + url.hash, { ownNotes })
		await place.pass(BOUND_MS)
		return shownBy(tab)
	}

/** The request with Alice's code meets this; then she tries again, for which a code is not sent a second time. */
export const exchanges =
	(fault: NetworkFault) =>
	async (place: Place): Promise<string> => {
		const { ownNotes, callback } = await place.atProvider()
		place.meets(fault)
		const tab = place.open(callback, { ownNotes })
		await place.pass(BOUND_MS)
		const first = shownBy(tab)
		void place.call(tab.retry())
		await place.pass(REQUEST_MS)
		return `${first}; retry(): ${shownBy(tab)}`
	}

/** The renewal of Alice's token meets this; what passes is over at the next try. */
export const renews =
	(prepare: (place: Place) => void) =>
	async (place: Place): Promise<string> => {
		const { ownNotes, callback } = await place.atProvider()
		const tab = place.open(callback, { ownNotes })
		await place.pass(REQUEST_MS)
		prepare(place)
		void place.call(tab.renew())
		await place.pass(REQUEST_MS)
		const isRenewed = () => (place.world.record()?.living?.mainGeneration ?? 0) > 1
		const first = isRenewed() ? 'renewed' : shownBy(tab)
		place.heal()
		await place.pass(BOUND_MS)
		if (!isRenewed()) return shownBy(tab)
		return first === 'renewed' ? first : `${first}; renewed when it is over`
	}
export const renewalMeets = (fault: NetworkFault) => renews(place => place.meets(fault))
export const renewalSays = (said: Said) => renews(place => place.says(said))

/** Alice signs in where the provider publishes this of itself. */
export const discovers =
	(document: Answer) =>
	async (place: Place): Promise<string> => {
		const tab = place.open('/')
		await place.pass(200)
		place.answers('/.well-known/openid-configuration', document)
		void place.call(tab.signIn())
		await place.pass(BOUND_MS)
		const first = shownBy(tab)
		place.heal()
		void place.call(tab.retry())
		await place.pass(1000)
		return `${first}; retry(): ${tab.visited.length > 0 ? 'leaves for the provider' : shownBy(tab)}`
	}

/** Alice asks for this page, and comes back from the provider. */
export const landsOn =
	(returnTo: string) =>
	async (place: Place): Promise<string> => {
		const { ownNotes, callback } = await place.atProvider({ returnTo })
		const tab = place.open(callback, { ownNotes })
		await place.pass(1000)
		return `lands on ${[tab.href, ...tab.visited].map(url => new URL(url, tab.href).href).join(', ')}`
	}

/** Somebody of the same origin says this to a page with a session. */
export const hears =
	(message: (place: Place) => unknown) =>
	async (place: Place): Promise<string> => {
		const { ownNotes, callback } = await place.atProvider()
		const tab = place.open(callback, { ownNotes })
		await place.pass(1000)
		const revision = place.world.record()?.revision
		place.world.say(message(place))
		await place.pass(1000)
		return place.world.record()?.revision === revision ? shownBy(tab) : 'the record has changed'
	}

/** Alice signs out, and the revocation of her token meets this. */
export const revokes =
	(answer: Answer) =>
	async (place: Place): Promise<string> => {
		const { ownNotes, callback } = await place.atProvider()
		const tab = place.open(callback, { ownNotes })
		await place.pass(1000)
		place.answers('/revoke', answer)
		void place.call(tab.signOut())
		await place.pass(500)
		const left = tab.visited.at(-1) ?? ''
		return `${place.world.record()?.end ? 'ended' : 'not ended'}, ${left.includes('/end-session') ? 'leaves for the provider' : 'stays'}`
	}

/** Alice's renewal meets this at a provider that has signed her first ID token, and whose keys are known. */
export const renewsSigned =
	(prepare: (place: Place) => void) =>
	async (place: Place): Promise<string> => {
		place.says({ signature: 'a' })
		return renews(prepare)(place)
	}
export const signedRenewalSays = (said: Said) => renewsSigned(place => place.says(said))

export function failed(url: URL, error: string) {
	url.searchParams.delete('code')
	url.searchParams.set('error', error)
}

/** The provider says that it sends `iss`, and somebody has taken it out. */
export async function withoutIss(place: Place): Promise<string> {
	const { handle } = place.world.provider
	place.world.provider.handle = (url, form) => {
		const own = handle(url, form)
		if (!url.pathname.endsWith('/openid-configuration')) return own
		return json(200, { ...JSON.parse(own.body), authorization_response_iss_parameter_supported: true })
	}
	const { ownNotes, callback } = await place.atProvider()
	const tab = place.open(callback, { ownNotes })
	await place.pass(BOUND_MS)
	return shownBy(tab)
}

/** The provider publishes its keys where only its document says. */
export async function withKeysElsewhere(place: Place): Promise<string> {
	const { handle } = place.world.provider
	place.says({ signature: 'b' })
	const { handle: signing } = place.world.provider
	place.world.provider.handle = (url, form) => {
		if (url.pathname === '/keys-of-today') return json(200, { keys: [published('b')] })
		if (!url.pathname.endsWith('/openid-configuration')) return signing(url, form)
		return json(200, { ...JSON.parse(handle(url, form).body), jwks_uri: `${url.origin}/keys-of-today` })
	}
	const { ownNotes, callback } = await place.atProvider()
	const tab = place.open(callback, { ownNotes })
	await place.pass(BOUND_MS)
	return shownBy(tab)
}

/** The response is loaded twice, as by Back. */
export async function replayed(place: Place): Promise<string> {
	const { ownNotes, callback } = await place.atProvider()
	place.open(callback, { ownNotes })
	await place.pass(1000)
	const again = place.open(callback, { ownNotes })
	await place.pass(1000)
	const { code } = place.world.provider.counts
	return `${shownBy(again)}, ${code === 1 ? 'one exchange' : `${code} exchanges`}`
}

/** A thief's own response, put into the browser of somebody who began no sign-in. */
export async function injected(place: Place): Promise<string> {
	const ofMallory = new URL(`https://id.example/authorize?state=of-mallory${place.world.stateSuffix}&nonce=n`)
	const { state, code } = place.world.provider.signIn('mallory', ofMallory)
	const tab = place.open(`/signed-in?state=${state}&code=${code}`)
	await place.pass(1000)
	return shownBy(tab)
}

/** Another user signs in in another tab. */
export async function replaced(place: Place): Promise<string> {
	const { ownNotes, callback } = await place.atProvider()
	const tab = place.open(callback, { ownNotes })
	await place.pass(1000)
	await place.world.signedIn('bob')
	void place.call(tab.getAccessToken())
	await place.pass(1000)
	return shownBy(tab)
}
