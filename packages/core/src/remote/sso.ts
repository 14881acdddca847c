// On load: whoever is signed in at the provider is signed in here, without a word. Commit: begun; or what the frame has shown.
import { commit } from '../local/commit.ts'
import { isLiving } from '../policy/record.ts'
import { isFrameAllowed, mayBeSilent, silentRefused, silentUnanswered } from '../policy/silent.ts'
import { begin } from './answer.ts'
import { newDpopKey } from './binding.ts'
import type { Context } from './context.ts'
import { needsUser } from './refusal.ts'
import { leave, lifetimeMaxAge, stayed } from './sign-in.ts'
import { isUnanswered, silentCode } from './silent.ts'
import { awaitOthers, isTabLooping } from './unattended.ts'

/** Resolves when there is a session, or none to be had so, or the page is being left. @throws what went wrong; nobody is to see it */
export async function signInSilently(context: Context): Promise<void> {
	const { tab, platform, name } = context
	const record = await tab.read()
	const now = tab.now()
	if (record && (isLiving(record) || !mayBeSilent(record))) return
	if (tab.config.sso === 'redirect') return isTabLooping(context, record) ? undefined : leaveSilently(context)
	if (!isFrameAllowed(record, now, tab.config)) return
	const giveUp = tab.platform.clock.limit(tab.config.requestTimeoutMs)
	// Many tabs that load at once ask once.
	await platform.locks.queue(`${name}:sso`, giveUp, () => askInFrame(context))
}

async function leaveSilently(context: Context): Promise<void> {
	const { view, settle, config } = context.tab
	// Half of the time for which the page shows nothing yet.
	if (await awaitOthers(context, config.requestTimeoutMs / 2)) return
	if (view.record && !mayBeSilent(view.record)) return
	view.redirecting = 'sign-in'
	settle()
	try {
		await leave(context, { params: { prompt: 'none' }, isAutomatic: true, isSilent: true })
	} catch (error) {
		await stayed(context, 'sign-in')
		throw error
	}
}

async function askInFrame(context: Context): Promise<void> {
	const { tab, protocol } = context
	const record = await tab.read()
	if (record && (isLiving(record) || !mayBeSilent(record) || !isFrameAllowed(record, tab.now(), tab.config))) return
	try {
		const dpopKey = await newDpopKey(context)
		const { exchange, nonce, ...code } = await silentCode(context, dpopKey)
		const answer = await protocol.exchangeCode(exchange, dpopKey)
		const asked = { maxAge: lifetimeMaxAge(tab.config) }
		await begin(context, { answer, dpopKey }, { nonce, ...code, asked, request: { silent: true, ends: record?.ends ?? 0 } })
	} catch (error) {
		if (needsUser(error)) await commit(tab, silentRefused)
		if (isUnanswered(error)) await commit(tab, silentUnanswered)
		throw error
	}
}
