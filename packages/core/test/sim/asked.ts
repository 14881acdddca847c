// Watches who has asked for a session that begins: no silent sign-in after an end, and none for a session that has ended since (I2, I9).
import type { Tokens } from '../../src/local/tokens.ts'
import type { SessionRecord } from '../../src/policy/record.ts'
import type { Answer } from '../../src/protocol/validate.ts'
import type { Page } from '../../src/testing/page.ts'
import type { TestTab } from '../../src/testing/tab.ts'
import { ASK_AGAIN, type Facts, opened } from './facts.ts'

/** ms that a page has for a session to begin, once it has the tokens, before another may close it. */
const LATE_REPORT_MS = 2000

interface Begun {
	/** ms of the world's time */
	readonly at: number
	/** How many sessions had ended then. */
	readonly ends: number
	/** The page showed a session, and there was one. */
	readonly isOverSession: boolean
}

const accessTokenOf = ({ living }: Partial<SessionRecord>) => living && opened<Tokens>(living.tokens).accessToken

/** To be called before what notes the ends: a session that is replaced has not ended before. */
export function watchAsked(facts: Facts) {
	const { world, violate } = facts
	/** By `state`. */
	const begun = new Map<string, Begun>()
	const popups = new Set<string>()
	/** Authorization requests by the access token that came of them. */
	const requests = new Map<string, URL>()
	/** The last tokens that a page was given for a code. */
	const given = new Map<Page, { readonly accessToken: string; readonly at: number }>()

	world.provider.watch(({ accessToken, request }) => accessToken && request && requests.set(accessToken, request))

	world.network.watch(({ page, url, form }) => answer => {
		if (url.pathname !== '/token' || !form.has('code') || answer?.status !== 200) return
		const accessToken = /"access_token":"([^"]*)"/.exec(answer.body)?.[1]
		if (accessToken) given.set(page, { accessToken, at: facts.now() })
	})

	world.watchFrames((page, url) => {
		const { id, living } = facts.record() ?? {}
		const isRenewal = !!living?.intent && facts.intents.get(living.intent.id) === page
		const frame = { page, at: facts.now(), ends: facts.ends(), isRenewal, name: `${id} ${living?.generation}` }
		facts.frames.set(url.searchParams.get('state') ?? '', frame)
		return ({ code, error }) => {
			if (code) facts.silentCodes.set(code, frame)
			if (error?.endsWith('_required')) facts.unknown.add(frame.name)
		}
	})

	function noteRequests(page: Page, before: SessionRecord | undefined, after: SessionRecord) {
		for (const { state } of after.requests) {
			if (begun.has(state)) continue
			const isOverSession = !!before?.living && facts.witnesses.get(page)?.tab.status() === 'authenticated'
			begun.set(state, { at: facts.now(), ends: facts.ends(), isOverSession })
		}
	}

	function isAsked(page: Page, before: SessionRecord | undefined, after: SessionRecord) {
		const accessToken = accessTokenOf(after)
		if (!accessToken || (before && accessTokenOf(before) === accessToken)) return
		const former = before?.id === after.id ? before?.living : undefined
		const isRenewal = former?.pending && opened<Answer>(former.pending).response['access_token'] === accessToken
		const query = requests.get(accessToken)?.searchParams
		if (isRenewal || !query) return
		const state = query.get('state') ?? ''
		const isSilent = query.get('prompt') === 'none'
		const since = facts.frames.get(state) ?? begun.get(state)
		const isForSession = popups.has(state) && begun.get(state)?.isOverSession
		if ((isSilent || isForSession) && since && facts.ends() > since.ends && facts.wipedAt < since.at)
			violate('I2', `a ${isSilent ? 'silent sign-in' : 'popup over a session'} was taken though a session has ended since`)
		if (isSilent) isUndisturbed(page, before, former && after.living?.lastActivity !== former.lastActivity)
	}

	/** What a silent sign-in finds: nobody, for no reason of the user's. */
	function isUndisturbed(page: Page, before: SessionRecord | undefined, isActivity: boolean | undefined) {
		if (ASK_AGAIN.test(before?.end?.reason ?? '')) violate('I2', `a silent sign-in after the end ${before?.end?.reason}`)
		if (isActivity) violate('I5', 'a sign-in that nobody asked for is activity')
		if (!before?.living) return
		if (facts.record()?.sub !== before.sub) violate('I9', `a silent sign-in has replaced ${before.sub}`)
		if (facts.sessionTime(page) >= facts.deadlineOf(before)) violate('I2', 'a silent sign-in after a deadline that had passed')
	}

	world.store.watch(({ page, before, after }) => {
		isAsked(page, before as SessionRecord | undefined, after as SessionRecord)
		noteRequests(page, before as SessionRecord | undefined, after as SessionRecord)
	})

	return {
		popupOpened: (state: string) => void popups.add(state),
		/** I7: a page that has just been given tokens is not closed before they are in the record. */
		popupClosed({ page }: TestTab, opener: TestTab) {
			const tokens = given.get(page)
			if (!tokens || facts.published.has(tokens.accessToken) || facts.now() - tokens.at > LATE_REPORT_MS) return
			if (facts.witnesses.get(opener.page)?.signedOutAt !== undefined || !facts.isSteadySince(page, tokens.at)) return
			violate('I7', 'a popup was closed before the tokens that it was given were in the record')
		},
	}
}
