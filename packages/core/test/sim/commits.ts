// Watches every commit of the record: what it may and may not change, whoever made it.
import { isDeepStrictEqual } from 'node:util'
import type { Tokens } from '../../src/local/tokens.ts'
import type { Living, SessionRecord, SignInRequest } from '../../src/policy/record.ts'
import type { Answer } from '../../src/protocol/validate.ts'
import type { Page } from '../../src/testing/page.ts'
import type { Commit } from '../../src/testing/store.ts'
import type { TestTab } from '../../src/testing/tab.ts'
import { MAIN_RESOURCE } from './browser.ts'
import { type Activity, type Facts, opened } from './facts.ts'

/** ms: the provider tells an authentication in seconds, and the answer takes its way. */
const PROVEN_MS = 10_000
/** Refusals that say no more than that are believed from this many on. */
const BELIEVED = 3
/** ms that a silent sign-in takes. */
const SIGN_IN_MS = 25_000

/** ms by which a page's session time is put forward where another page's was ahead. */
const AHEAD_MS = 1000

/** ms that a commit may take. */
const SLOW_COMMIT_MS = 5000

/** The most that the wall clock drifts by. */
const DRIFT = 0.001

/** What is known of an access token. */
interface Source {
	readonly sub: string | undefined
	readonly resource: string | undefined
	readonly byCode: boolean
	/** Nobody was asked. */
	readonly isSilent: boolean
	readonly expiresAt: number
}

interface Change {
	readonly page: Page
	readonly before: SessionRecord | undefined
	readonly after: SessionRecord
}

const tokensOf = ({ tokens }: Living) => opened<Tokens>(tokens)

/** All access tokens, by the API that each is for. */
const accessOf = (living: Living): Readonly<Record<string, string>> => {
	const { accessToken, others } = tokensOf(living)
	const named = Object.entries(others ?? {}).map(([name, token]) => [JSON.parse(name)[0], token])
	return { ...Object.fromEntries(named), [MAIN_RESOURCE]: accessToken }
}

/** When the tokens are over for good, as the provider told. */
const expiryOf = ({ renewable, expiresAt, refreshExpiresAt = Number.POSITIVE_INFINITY }: Living): number =>
	renewable ? Math.max(expiresAt, refreshExpiresAt) : expiresAt

/** The API whose token the last response brought. */
function newestOf({ generation, mainGeneration, others }: Living): string {
	const [name] = Object.entries(others).find(([, issue]) => issue.generation === generation) ?? []
	return name && mainGeneration !== generation ? JSON.parse(name)[0] : MAIN_RESOURCE
}

const isBetween = (from: number, at: number, until: number) => from - 1 <= at && at <= until + 1

export function watchCommits(facts: Facts) {
	const { world, sessions, published, violate } = facts
	/** Access tokens by the request that brought them. */
	const issuedTo = new Map<string, Source>()

	world.provider.watch(({ accessToken, grantType, token, resource }) => {
		if (!accessToken) return
		const byCode = grantType === 'code' && !facts.silentCodes.get(token)?.isRenewal
		const sub = world.provider.introspect(accessToken)?.sub
		const isSilent = facts.silentCodes.has(token) || facts.redirectedCodes.has(token)
		issuedTo.set(accessToken, { sub, resource, byCode, isSilent, expiresAt: facts.now() + facts.setup.lifetimeMs })
	})

	/** I2, I8: what has ended stays so, for its one reason. */
	function endStays({ before, after }: Change) {
		if (after.id && after.living && sessions.get(after.id)?.end) violate('I2', `a commit for session ${after.id}, which has ended`)
		if (before?.end && before.id === after.id && JSON.stringify(before.end) !== JSON.stringify(after.end))
			violate('I8', `the end of ${after.id} was ${before.end.reason}, and is now ${after.end?.reason}`)
	}

	/** I4, I5, I6: an end has its cause. */
	function endHasCause({ page, before, after }: Change) {
		const { end } = after
		if (!end || (before?.end && before.id === after.id)) return
		const living = before?.living
		if (!living) return violate('I8', `an end (${end.reason}) of no session`)
		const causes: Record<string, () => boolean> = {
			'signed-out': () => facts.witnesses.get(page)?.signedOutAt !== undefined,
			idle: () => end.at >= living.lastActivity + facts.idleMs && !wasActiveAfter(before?.id as string, end.at - facts.idleMs, end.at),
			lifetime: () => end.at >= living.startedAt + facts.lifetimeMs,
			'renewal-rejected': () => !living.pending && isRefused(before) && facts.intents.get(living.intent?.id ?? '') === page,
			'invalid-tokens': () => facts.mistakes > 0 || isOfAnother(before),
			'interaction-required': () => isOver(living, end.at) && isForUser(before),
			expired: () => isOver(living, end.at) && !living.refusal?.end,
		}
		if (!causes[end.reason]?.()) violate(end.reason === 'idle' ? 'I5' : 'I6', `an end without a cause: ${end.reason}`)
	}

	/** Whether the tokens are over for good. */
	const isOver = (living: Living, at: number) => !living.silent && expiryOf(living) <= at

	/** Whether a refresh token was refused for good, or as often as it takes to believe it. */
	const isRejected = (refreshToken = '') => facts.refused.has(refreshToken) || (facts.refusals.get(refreshToken) ?? 0) >= BELIEVED

	/** Whether every fallback has been refused: the refresh token, and a silent sign-in where that is allowed. */
	function isRefused({ id, living }: SessionRecord): boolean {
		const name = `${id} ${living?.generation}`
		if (!living || isRejected(name)) return !!living
		return isRejected(tokensOf(living).refreshToken) && (!living.silent || facts.unknown.has(name))
	}

	/** Whether the provider said that only the user can help, at the refresh or in the frame. */
	const isForUser = ({ id, living }: SessionRecord) =>
		!!living && (facts.interactions.has(tokensOf(living).refreshToken ?? '') || facts.unknown.has(`${id} ${living.generation}`))

	/** Whether what waits is a silent sign-in of another user. */
	function isOfAnother({ living, sub }: SessionRecord): boolean {
		const waiting = living?.pending && opened<Answer>(living.pending).response['access_token']
		const source = issuedTo.get(String(waiting))
		return source?.sub !== undefined && source.sub !== sub
	}

	/** I1, I6: a refresh token that is given up was refused, and does not come back. */
	function refusalStays({ before, after: { id, living } }: Change) {
		if (!living) return
		const { refreshToken = '' } = tokensOf(living)
		const former = before?.id === id ? before?.living : undefined
		if (former?.renewable && !living.renewable && former.generation === living.generation) {
			if (!isRejected(refreshToken) && !facts.interactions.has(refreshToken))
				violate('I6', 'a refresh token was given up that nobody has refused')
			facts.spent.add(refreshToken)
		}
		if (living.renewable && facts.spent.has(refreshToken)) violate('I1', 'a refresh token that was refused is to be sent again')
	}

	/** Whether a tab that ran undisturbed ever since had been active after `at`, ms in session time, and long enough before the end to say so. */
	function wasActiveAfter(id: string, at: number, endedAt: number): boolean {
		if (facts.wasSetBack) return false
		// Where every message is lost, a tab can show a session that another has replaced with one that it has no key of.
		const isShown = (tab: TestTab) => facts.setup.storage === 'device' || tab.hasKey(id)
		return [...facts.witnesses.values()].some(({ tab, activity }) =>
			activity.some(
				moment =>
					moment.counts &&
					moment.at > at + 1000 &&
					moment.at < endedAt - 3000 &&
					isShown(tab) &&
					facts.isSteadySince(tab.page, moment.truth),
			),
		)
	}

	/** I5: what waits for a word goes on with one. */
	function isAnswered({ page, before, after }: Change) {
		const { living, id } = after
		const former = before?.id === id ? before?.living : undefined
		if (facts.setup.continueOn !== 'confirm' || !before || !former || !living || living.generation !== former.generation) return
		if (living.lastActivity <= former.lastActivity || living.lastActivity < facts.warningOf(before)) return
		if (facts.witnesses.get(page)?.stayedAt === undefined) violate('I5', 'activity answered for a user who was asked')
	}

	/** I7: tokens change with the generation, and are those of a stored answer or of a sign-in. */
	function tokensAreValid({ before, after }: Change) {
		const { living, id, sub } = after
		if (!living || !id || !sub) return
		const access = accessOf(living)
		const former = before?.id === id ? before.living : undefined
		if (former && living.generation === former.generation) {
			if (JSON.stringify(tokensOf(former)) !== JSON.stringify(tokensOf(living)))
				violate('I7', `the tokens of generation ${living.generation} were exchanged`)
			return
		}
		const api = newestOf(living)
		const accessToken = access[api] ?? ''
		const step = living.generation - (former?.generation ?? 0)
		if (step !== 1) violate('I7', `generation ${former?.generation} is followed by ${living.generation}`)
		const source = issuedTo.get(accessToken)
		const waiting = former?.pending && opened<Answer>(former.pending).response
		if (!source?.byCode && waiting?.['access_token'] !== accessToken) violate('I7', 'tokens were published that were not secured before')
		const rotated = !source?.byCode && waiting?.['refresh_token']
		if (rotated && tokensOf(living).refreshToken !== rotated) violate('I7', 'a rotated refresh token was lost')
		if (source && source.resource !== api) violate('I9', `a token for ${source.resource} was published as one for ${api}`)
		const isKept = ([other, token]: [string, string]) => other === api || access[other] === token
		if (former && !source?.byCode && !Object.entries(accessOf(former)).every(isKept))
			violate('I7', `the token for ${api} took another's place`)
		if (source?.byCode && Object.keys(living.others).length > 0) violate('I9', 'a sign-in kept tokens of the grant before')
		if (source?.sub !== undefined && source.sub !== sub) violate('I9', `tokens of ${source.sub} in the session of ${sub}`)
		published.set(accessToken, { id, generation: living.generation, sub, expiresAt: source?.expiresAt ?? 0 })
		if (former && !source?.byCode && living.startedAt !== former.startedAt) violate('I4', 'a renewal moved the lifetime')
	}

	/** I4: a session that begins without a word is as old as the one of the same user that ended before, or as an authentication since. */
	function staysAsOld({ before, after: { living, id, sub, highTime } }: Change) {
		if (!living || before?.id === id || !before?.end || before.sub !== sub || before.end.startedAt === undefined) return
		if (!issuedTo.get(accessOf(living)[MAIN_RESOURCE] ?? '')?.isSilent || living.startedAt === before.end.startedAt) return
		// A clock that is wrong, or was as the tokens came, does not tell when that was; nor does the session's own, ahead of one that was set back.
		const { time } = world
		if (Math.abs(highTime - time.rightWall()) > PROVEN_MS || time.truth() < facts.clockSetAt() + SIGN_IN_MS) return
		const isProven = world.provider.grants.some(
			grant => grant.sub === sub && Math.abs(grant.authTime * 1000 - living.startedAt) < PROVEN_MS,
		)
		if (!isProven) violate('I4', 'a silent sign-in moved the lifetime')
	}

	/** I4, I5: only activity counts as such, and only before the deadline. */
	function activityIsReal({ page, before, after }: Change) {
		const { living, id } = after
		const former = before?.id === id ? before?.living : undefined
		// Another session: whoever warned of the end of the one before has that moment to learn of it.
		if (living && !former) facts.touched = { at: facts.now(), revision: after.revision }
		if (!living || !former || !before || living.lastActivity === former.lastActivity) return
		// What lay ahead of a clock that was set back moves along, and gets no younger.
		const isSignIn = living.mainGeneration > former.mainGeneration && issuedTo.get(tokensOf(living).accessToken)?.byCode
		const isAhead = before.clockSetAt !== after.clockSetAt && former.lastActivity > (after.clockSetAt ?? Number.POSITIVE_INFINITY)
		const isAsOld = after.highTime - living.lastActivity >= before.highTime - former.lastActivity - 1
		if (isAhead && (isSignIn || isAsOld) && living.lastActivity < former.lastActivity) return
		if (living.lastActivity < former.lastActivity) return violate('I5', 'the last activity moved back')
		facts.touched = { at: facts.now(), revision: after.revision }
		const { activity = [], holds = [], tab } = facts.witnesses.get(page) ?? {}
		// What was seen by a clock that was set back since counts as of the present.
		const isPresent = facts.clockSetAt() !== Number.NEGATIVE_INFINITY && after.highTime - living.lastActivity < SLOW_COMMIT_MS
		// A page that has not read the record yet may tell an earlier time than its commit goes by.
		const agoMs = Math.max(tab?.getDeadlines().now ?? 0, after.highTime) - living.lastActivity
		// By the clock as it was, or by how long ago it is: the session's clock may have been set since, and moves what is held along.
		const isHeld = holds.some(
			({ from, until, fromElapsed, untilElapsed }) =>
				isBetween(from, living.lastActivity, until) ||
				isBetween(fromElapsed, facts.elapsed() - agoMs, untilElapsed) ||
				(isPresent && agoMs > 0 && isBetween(fromElapsed, facts.elapsed(), untilElapsed)),
		)
		const isResponse = facts.isResponse(page, before, after)
		const isOf = (at: number) => Math.abs(at - living.lastActivity) <= 1 || (isPresent && at > after.highTime)
		// What a page saw by another clock than the session's keeps its age; where the wall clock was set since, it may count as older.
		const isMoved = ({ truth }: Activity) => {
			const seenMs = facts.now() - truth
			const differsMs = agoMs - seenMs
			return differsMs >= -1 - seenMs * DRIFT && (differsMs <= AHEAD_MS || facts.clockSetAt() >= truth)
		}
		if (!isSignIn && !isHeld && !isResponse && !activity.some(each => isOf(each.at) || isMoved(each)))
			violate('I5', `activity at ${living.lastActivity} that nobody showed`)
		const deadline = facts.deadlineOf(before)
		// By the committing tab's own clock: the machine may sleep within the transaction.
		if (!isSignIn && after.highTime > before.highTime && after.highTime >= deadline)
			violate('I5', `activity was taken ${after.highTime - deadline} ms after the deadline`)
		if (living.lastActivity >= deadline) violate('I5', `activity ${living.lastActivity - deadline} ms after the deadline was taken`)
	}

	/** A living session of the same user is gone on with, of another is replaced. */
	function successionIsRight({ page, before, after }: Change) {
		const former = before?.living && before.id !== after.id ? before : undefined
		if (!former?.id) return
		const session = sessions.get(former.id)
		if (session) session.end ??= { at: facts.now(), revision: after.revision, by: page }
		const living = former.living as Living
		// Tokens that nothing renews are a deadline too.
		const deadline = Math.min(facts.deadlineOf(former), living.silent ? Number.POSITIVE_INFINITY : expiryOf(living))
		const isOver = facts.sessionTime(page) >= deadline || after.highTime >= deadline
		if (facts.setup.storage === 'device' && former.sub === after.sub && !isOver)
			violate('I9', `the living session of ${after.sub} was replaced by another of the same user`)
	}

	/** I9, I3: a session is one user's, and a record that of the newest version. */
	function isOwn({ page, before, after }: Change) {
		const { id, sub, living, end } = after
		const owner = id && living && sessions.get(id)?.sub
		if (owner && owner !== sub) violate('I9', `the session of ${owner} goes on as that of ${sub}`)
		const isNext = facts.witnesses.get(page)?.slot.isNext
		if (!before || before.format === 1 || isNext || (end && !before.end)) return
		if (before.living) violate('I3', "a page of the old version changed the newer version's session")
		if (after.format !== 1) violate('I3', 'a page of the old version wrote a record of the newer format')
		// A code whose exchange was interrupted is about to be sent again.
		const isStep = (request: SignInRequest) =>
			request.outcome === 'sent' || !before.requests.some(other => isDeepStrictEqual(other, request))
		const isSignIn = living ?? after.requests.some(isStep)
		if (!isSignIn) violate('I3', 'a page of the old version changed the newer record without a sign-in')
		if (after.ends < before.ends || !(living || isDeepStrictEqual(end, before.end))) violate('I2', 'an end was lost with the newer format')
	}

	world.store.watch(({ page, before, after }: Commit) => {
		const change = { page, before: before as SessionRecord | undefined, after: after as SessionRecord }
		const { id, sub, living, end, revision } = change.after
		if (revision !== (change.before?.revision ?? 0) + 1) violate('I3', `revision ${change.before?.revision} is followed by ${revision}`)
		facts.looked(page)
		endStays(change)
		endHasCause(change)
		successionIsRight(change)
		if (id && living && !sessions.has(id)) sessions.set(id, { sub: sub as string })
		if (id && living) facts.deadlines.set(id, Math.max(facts.deadlines.get(id) ?? 0, facts.deadlineOf(change.after)))
		const generation = `${id} ${living?.generation}`
		if (living?.pending && !facts.secured.has(generation)) facts.secured.set(generation, facts.now())
		isOwn(change)
		if (living?.intent && !facts.intents.has(living.intent.id)) facts.intents.set(living.intent.id, page)
		const former = change.before?.living?.intent?.id
		if (former && former !== living?.intent?.id) facts.lostTurns.set(facts.intents.get(former) as Page, facts.now())
		const session = id && sessions.get(id)
		if (session && end && !session.end) session.end = { at: facts.now(), revision, by: page }
		tokensAreValid(change)
		refusalStays(change)
		activityIsReal(change)
		isAnswered(change)
		staysAsOld(change)
	})
}
