// The answers that nobody wants, and the moments that nobody expects.
import type { SessionRecord } from '../../src/policy/record.ts'
import type { NetworkFault } from '../../src/testing/network.ts'

/** What the provider can say instead of an answer. */
export const answers: Record<string, NetworkFault> = {
	429: { status: 429, body: '', headers: { 'Retry-After': '7' } },
	503: { status: 503, body: '{"error":"temporarily_unavailable"}' },
	html: { status: 200, body: '<!doctype html><title>Sign in to the hotel</title>' },
	empty: { status: 200, body: '' },
	401: { status: 401, body: '{"error":"invalid_client"}' },
	400: { status: 400, body: '{"error":"invalid_grant"}' },
	interaction_required: { status: 400, body: '{"error":"interaction_required"}' },
	invalid_request: { status: 400, body: '{"error":"invalid_request"}' },
}

export type Moment = (before: SessionRecord | undefined, after: SessionRecord) => boolean

/** Commits at which something befalls the page that made them, by what they leave in the record. */
export const moments: Record<string, Moment> = {
	intent: (before, { living }) => !!living?.intent && before?.living?.intent?.id !== living.intent.id,
	pending: (before, { living }) => !!living?.pending && !before?.living?.pending,
	renewed: (before, { living }) => !!living && !!before?.living?.pending && !living.pending,
	'code sent': (before, { requests }) =>
		requests.some(({ outcome, state }) => outcome === 'sent' && before?.requests.find(other => other.state === state)?.outcome === 'begun'),
	'code answered': (before, { requests }) =>
		requests.some(
			({ outcome, state }) => outcome === 'answered' && before?.requests.find(other => other.state === state)?.outcome === 'sent',
		),
	begun: (before, { living, id }) => !!living && before?.id !== id,
	failure: (before, { living }) => !!living?.failure && before?.living?.failure?.retryAt !== living.failure.retryAt,
	ended: (before, { end }) => !!end && !before?.end,
	touched: (before, { living }) => !!living && before?.living?.lastActivity !== living.lastActivity,
}
