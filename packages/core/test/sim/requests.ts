// Watches every request: who may send a refresh token or a code, and with whose token an API is called.
import type { Tokens } from '../../src/local/tokens.ts'
import type { SessionRecord } from '../../src/policy/record.ts'
import type { Page } from '../../src/testing/page.ts'
import type { Answer } from '../../src/testing/provider.ts'
import type { TestTab } from '../../src/testing/tab.ts'
import { MAIN_RESOURCE } from './browser.ts'
import { CLOCK_LAG_MS, type Facts, opened } from './facts.ts'

/** ms after which a renewal that the user asked for is over, turn and all. */
const ASKED_MS = 100_000
/** ms in which no tokens are due again, however short they live. */
const FRESH_MS = 5000
/** ms by which a page's clock and the world's may differ as an access token expires. */
const EXPIRY_MARGIN_MS = 1000
/** ms for which a renewal that a clock was the reason for can go on once that is set right. */
const SET_MS = 40_000
/** ms for which a page is sure of its turn. */
const SURE_MS = 2000
/** ms of the shortest back-off, and a little less. */
const BACK_OFF_MS = 900

/** ms in which a token response that came after the end is revoked, beside what the storage takes. */
const REVOKED_MS = 5000

/** A token response to a renewal, as a page has it. */
interface Received {
	readonly page: Page
	readonly id: string
	readonly generation: number
	readonly refreshToken: string
	/** ms of the world's time */
	readonly at: number
}

interface Send {
	readonly page: Page
	/** Whether the page still waits. */
	isOpen: boolean
	/** When the page had the whole of a token response or a definitive error, ms of the world's time. */
	answeredAt: number | undefined
	/** Whether it was a token response. */
	isIssued: boolean
	readonly isOfRunningPage: () => boolean
}

/** What a token request is for, as the record names it; empty for the main token. */
function nameOf(form: URLSearchParams): string {
	const [resource, scope] = [form.get('resource'), form.get('scope')]
	return resource === MAIN_RESOURCE ? '' : JSON.stringify([resource, scope])
}

/** An OAuth error, which speaks of the request. */
const isRefusal = (answer: Answer | undefined): boolean =>
	!!answer && answer.status < 500 && answer.status !== 429 && answer.body.includes('"error"')

export function watchRequests(facts: Facts) {
	const { world, violate } = facts
	/** By session and generation, or by code. */
	const sends = new Map<string, Send[]>()
	const revoked = new Set<string>()
	/** By session and generation: all that renews it. */
	const renewals = new Map<string, Send[]>()
	/** Token responses that are not in the record yet. */
	const received = new Set<Received>()

	/** Whether the page could store what it was told then: an older version steps back before a newer one's record. */
	function couldTell(page: Page, at: number): boolean {
		const witness = facts.witnesses.get(page)
		return !!witness && facts.isSteadySince(page, at) && !facts.isOutdated(witness)
	}

	/** I1: one at a time, and never again once the answer is there. */
	function send(key: string, page: Page, what: string): Send {
		const former = sends.get(key) ?? []
		if (former.some(other => other.isOpen && other.isOfRunningPage())) violate('I1', `two ${what} requests at a time`)
		// RFC 6749 section 4.1.2: a provider may revoke what the first use has brought.
		if (what === 'code' && former.length > 0) violate('I1', 'a code was sent a second time')
		// The page that has the tokens keeps them, whatever the storage does; another knows once it has looked.
		for (const { answeredAt = Number.POSITIVE_INFINITY, isIssued, page: asked } of former)
			if ((isIssued && asked === page) || (facts.now() - answeredAt > SURE_MS && couldTell(asked, answeredAt)))
				violate('I1', `a ${what} that has been answered was sent again`)
		const since = facts.now()
		const made: Send = { page, isOpen: true, answeredAt: undefined, isIssued: false, isOfRunningPage: () => page.steadySince() <= since }
		sends.set(key, [...former, made])
		return made
	}

	/** The last request that came to nothing and whose page had the turn, with the session and generation it was for. */
	let failed: { readonly page: Page; readonly at: number; readonly name: string } | undefined

	/** Whether the page loaded with a clock behind the record's: it has the time confirmed, whatever the age of its tokens, and shows no session until then. */
	function doubts(tab: TestTab): boolean {
		const { skewMs = 0 } = facts.record() ?? {}
		const isBehind = world.time.wall() - Math.min(0, skewMs) < tab.getDeadlines().now - CLOCK_LAG_MS
		const isSetNow = facts.now() - facts.clockSetAt() < SET_MS
		return tab.status() !== 'authenticated' && (isBehind || isSetNow)
	}

	/** I1, I6: nobody renews what is fresh, nor before all tabs may try again, unless the user asks or the network is back. */
	function isDue(page: Page, { id, living }: SessionRecord, name: string) {
		const askedAt = facts.asked.get(page) ?? Number.NEGATIVE_INFINITY
		const { tab } = facts.witnesses.get(page) ?? {}
		if (!tab || !living || facts.elapsed() - askedAt < ASKED_MS) return
		const { now } = tab.getDeadlines()
		const { failure, generation } = living
		const { issuedAt = Number.NEGATIVE_INFINITY } = (name ? living.others[name] : living) ?? {}
		if (now - issuedAt < FRESH_MS && !doubts(tab)) violate('I1', `tokens asked for ${now - issuedAt} ms ago were renewed`)
		if (failure && failure.retryAt > now) violate('I6', `a tab tried again ${failure.retryAt - now} ms too soon`)
		const since = failed?.name === `${id} ${generation}` ? failed : undefined
		if (!since || facts.now() - since.at >= BACK_OFF_MS || facts.clockSetAt() !== Number.NEGATIVE_INFINITY) return
		if (facts.isSteadySince(since.page, since.at)) violate('I6', `a tab tried again ${facts.now() - since.at} ms after a failure`)
	}

	const hasTurn = (page: Page) => facts.intents.get(facts.record()?.living?.intent?.id ?? '') === page

	function noteFailure(page: Page) {
		const { id, living } = facts.record() ?? {}
		if (living && hasTurn(page)) failed = { page, at: facts.now(), name: `${id} ${living.generation}` }
	}

	/** What a refusal other than of the grant says of a refresh token, or of a frame in its place. @returns whether only the user can help */
	function noteRefusal(page: Page, answer: Answer | undefined, asked: string | { readonly name: string } | null | undefined): boolean {
		if (!asked || answer?.status !== 400) return false
		const name = typeof asked === 'string' ? asked : asked.name
		const isOfUser = answer.body.includes('interaction_required')
		const { expiresAt = Number.POSITIVE_INFINITY } = facts.record()?.living ?? {}
		// A page goes on from the record's time, where the wall clock was set back behind it.
		const { now = 0 } = facts.witnesses.get(page)?.tab.getDeadlines() ?? {}
		const isExpired = Math.max(now, facts.sessionTime(page)) + EXPIRY_MARGIN_MS >= expiresAt
		if (isOfUser && name === asked) facts.interactions.add(name)
		else if (isOfUser) facts.unknown.add(name)
		// A code of a frame is refused with `invalid_grant` too.
		else if (isExpired && (answer.body.includes('invalid_request') || name !== asked))
			facts.refusals.set(name, (facts.refusals.get(name) ?? 0) + 1)
		return isOfUser
	}

	/** I1, I6, I7: by whoever has the turn, when it is time, and one at a time. @param api what the token is for */
	function renews(page: Page, what: string, api: string) {
		const record = facts.record()
		const { living } = record ?? {}
		// An end raises the format too, and may come between a turn and its request.
		if (living && (record?.format ?? 1) > 1 && !facts.witnesses.get(page)?.slot.isNext) violate('I3', 'a page of the old version renewed')
		// A page that stands still for less than that between its last look and its send cannot know.
		const hasJustLost = facts.now() - (facts.lostTurns.get(page) ?? Number.NEGATIVE_INFINITY) < SURE_MS
		if (record && !hasJustLost) isDue(page, record, api)
		if (living && !living.pending && !hasJustLost && !hasTurn(page)) violate('I1', `a ${what} was sent without the turn`)
		if (living && facts.secured.has(`${record?.id} ${living.generation}`)) violate('I7', 'a token was sent whose successor was stored')
		return `${record?.id} ${living?.generation ?? ''}`
	}

	function alone(name: string, made: Send): Send {
		const others = (renewals.get(name) ?? []).filter(other => other !== made)
		if (others.some(other => other.isOpen && other.isOfRunningPage())) violate('I1', 'two renewals at a time')
		renewals.set(name, [...others, made])
		return made
	}

	function refreshed(page: Page, refreshToken: string, api: string): Send {
		const name = renews(page, 'refresh token', api)
		if (facts.spent.has(refreshToken)) violate('I1', 'a refresh token was sent again that has been refused')
		return alone(name, send(`${name} ${refreshToken}`, page, 'refresh'))
	}

	/** The second rung: a code of a frame in place of the refresh token. */
	function renewedSilently(page: Page, code: string): Send {
		const name = renews(page, 'silent code', '')
		return alone(name, send(code, page, 'code'))
	}

	/** I2: a token response that comes after the end of its session is revoked. */
	function isRevokedLate(response: Received) {
		const { page, id, refreshToken, at } = response
		const end = facts.sessions.get(id)?.end
		const record = facts.record()
		if (revoked.has(refreshToken) || record?.id !== id || !page.isRunning() || !facts.isSteadySince(page, at)) {
			received.delete(response)
			return
		}
		if (end && facts.now() - Math.max(at, end.at) > REVOKED_MS + 20 * facts.setup.storeMs)
			violate('I2', `a token response that came ${at - end.at} ms after the end of its session was not revoked`)
	}

	world.store.watch(({ after }) => {
		const { living } = after as SessionRecord
		// Stored, it is revoked by whoever ends the session; another one that was faster leaves it to expire.
		for (const response of received) if (living?.pending || (living && living.generation > response.generation)) received.delete(response)
	})

	function receive(page: Page, { id, living }: SessionRecord, body: string) {
		const { refresh_token: refreshToken } = JSON.parse(body) as { refresh_token?: string }
		// A sign-in that was faster has published its own: what comes for an older generation is left to expire, whatever follows.
		const isOld = (facts.record()?.living?.generation ?? 0) > (living?.generation ?? 0)
		if (id && living && refreshToken && !isOld) received.add({ page, id, generation: living.generation, refreshToken, at: facts.now() })
	}

	world.network.watch(({ page, url, form, authorization }) => {
		// Of a frozen page only message handlers run.
		if (!page.isRunning()) violate('I3', `a page that is frozen asks for ${url.pathname}`)
		if (url.pathname === '/revoke') {
			const token = form.get('token') ?? ''
			// A write that was made but reported as failed leaves two that think it theirs.
			if (revoked.has(token) && world.store.troubledAt() === Number.NEGATIVE_INFINITY) violate('I8', 'a token was revoked twice')
			revoked.add(token)
			const living = facts.record()?.living
			if (living && opened<Tokens>(living.tokens).refreshToken === token) violate('I8', 'a token of the living session was revoked')
		}
		if (authorization) facts.used(page, authorization.replace(/^(Bearer|DPoP) /, ''))
		if (url.pathname !== '/token') return () => {}
		const [code, refreshToken] = [form.get('code'), form.get('refresh_token')]
		facts.sends += 1
		const asked = facts.record()
		const frame = facts.silentCodes.get(code ?? '')
		const made = frame?.isRenewal
			? renewedSilently(page, code ?? '')
			: code
				? send(code, page, 'code')
				: refreshed(page, refreshToken ?? '', nameOf(form))
		return answer => {
			made.isOpen = false
			const isDefinitive = answer?.status === 400 && answer.body.includes('invalid_grant')
			if (isDefinitive && refreshToken) facts.refused.add(refreshToken)
			const isOfUser = noteRefusal(page, answer, frame?.isRenewal ? frame : nameOf(form) ? undefined : refreshToken)
			made.isIssued = answer?.status === 200 && answer.body.includes('access_token')
			if (answer && asked && made.isIssued && (refreshToken || frame?.isRenewal)) receive(page, asked, answer.body)
			// A refusal is nothing to a page whose turn has passed on: the other's answer counts.
			if (((isDefinitive || isOfUser) && hasTurn(page)) || made.isIssued) made.answeredAt = facts.now()
			// What one API is refused holds nobody back.
			else if ((refreshToken && !(nameOf(form) && isRefusal(answer))) || frame?.isRenewal) noteFailure(page)
		}
	})

	return {
		/** After each step. */
		look() {
			for (const response of received) isRevokedLate(response)
		},
	}
}
