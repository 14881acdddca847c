// Watches every request: who may send a refresh token or a code, and with whose token an API is called.
import type { Page } from '../../src/testing/page.ts'
import type { Facts } from './facts.ts'

interface Send {
	readonly page: Page
	/** Whether the page still waits. */
	isOpen: boolean
	/** When the page had the whole of a token response or a definitive error, ms of the world's time. */
	answeredAt: number | undefined
	readonly isOfRunningPage: () => boolean
}

export function watchRequests(facts: Facts) {
	const { world, violate } = facts
	/** By session and generation, or by code. */
	const sends = new Map<string, Send[]>()
	const revoked = new Set<string>()

	/** I1: one at a time, and never again once the answer is there. */
	function send(key: string, page: Page, what: string): Send {
		const former = sends.get(key) ?? []
		if (former.some(other => other.isOpen && other.isOfRunningPage())) violate('I1', `two ${what} requests at a time`)
		for (const { answeredAt, page: asked } of former)
			if (answeredAt !== undefined && facts.isSteadySince(asked, answeredAt))
				violate('I1', `a ${what} that has been answered was sent again`)
		const since = facts.now()
		const made: Send = { page, isOpen: true, answeredAt: undefined, isOfRunningPage: () => page.steadySince() <= since }
		sends.set(key, [...former, made])
		return made
	}

	function refreshed(page: Page, refreshToken: string): Send {
		const record = facts.record()
		const { living } = record ?? {}
		if (record && record.format > 1 && !facts.witnesses.get(page)?.slot.isNext) violate('I3', 'a page of the old version renewed')
		if (living && !living.pending && facts.intents.get(living.intent?.id ?? '') !== page)
			violate('I1', 'a refresh token was sent without the turn')
		return send(`${record?.id} ${living?.generation ?? ''} ${refreshToken}`, page, 'refresh')
	}

	world.network.watch(({ page, url, form, authorization }) => {
		if (url.pathname === '/revoke') {
			const token = form.get('token') ?? ''
			if (revoked.has(token)) violate('I8', 'a token was revoked twice')
			revoked.add(token)
		}
		if (authorization) facts.used(page, authorization.replace('Bearer ', ''))
		if (url.pathname !== '/token') return () => {}
		const [code, refreshToken] = [form.get('code'), form.get('refresh_token')]
		facts.sends += 1
		// Without locks two pages may exchange one code, which the design leaves open.
		if (code && facts.setup.isLockless) return () => {}
		const made = code ? send(code, page, 'code') : refreshed(page, refreshToken ?? '')
		return answer => {
			made.isOpen = false
			const isDefinitive = answer?.status === 400 && answer.body.includes('invalid_grant')
			if (isDefinitive) facts.refused.add(refreshToken ?? '')
			if (isDefinitive || (answer?.status === 200 && answer.body.includes('access_token'))) made.answeredAt = facts.now()
		}
	})
}
