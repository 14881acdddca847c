// What a browser holds in which somebody has just signed in: the provider's grant, the record, and the notes of a first frame.
import type { Config } from '../options.ts'
import { endsAt } from '../policy/deadlines.ts'
import { blank, isLiving } from '../policy/record.ts'
import { begun } from '../policy/sign-in.ts'
import { resourcesOf, scopeOf } from '../protocol/authorization.ts'
import { validate } from '../protocol/validate.ts'
import type { User } from '../snapshot.ts'
import { fakeKeyPair } from './prover.ts'
import { AUTHORITY } from './provider.ts'
import { fakeKey } from './store.ts'
import { CLIENT_ID, type World } from './world.ts'

const ID = 'begun-before-the-test'

/** Of the key, for `storage: 'tabs'`. */
const RAW: readonly number[] = Array(32).fill(0)

/**
 * Signs `user` in without a page, so that the first page's first frame has the session.
 * @param ownNotes the `sessionStorage` of the first tab
 * @throws SessionError `id_token_invalid` for claims that no provider could send
 */
export function beginSession(world: World, config: Config, { sub, ...claims }: User, ownNotes: Map<string, string>): void {
	const { provider, time, store, localNotes } = world
	const resources = resourcesOf(config, {})
	const request = new URLSearchParams([
		['nonce', 'first'],
		['scope', scopeOf(config)],
		...resources.map(resource => ['resource', resource]),
	])
	const { code } = provider.signIn(sub, new URL(`/authorize?${request}`, AUTHORITY), claims)
	const form = new URLSearchParams({ grant_type: 'authorization_code', code })
	const dpopKey = config.dpop ? fakeKeyPair('key-of-the-start') : undefined
	const proof = dpopKey && { jkt: 'key-of-the-start', jti: -1, htm: 'POST', htu: '' }
	const { body } = provider.handle(new URL('/token', AUTHORITY), form, proof)
	const now = time.wall()
	const answer = { response: JSON.parse(body) as Record<string, unknown>, issuedAt: now, receivedWall: now }
	const isIssuer = (iss: unknown) => iss === AUTHORITY
	const expected = {
		isOfMany: false,
		isIssuer,
		clientId: CLIENT_ID,
		nonce: 'first',
		sub: undefined,
		toleranceMs: config.clockToleranceMs,
		isBound: config.dpop,
	}
	const { tokens, ...published } = validate(answer, expected, undefined, config.accessTokenLifetimeMs)
	const isOfTabs = config.storage === 'tabs'
	const session = {
		...published,
		id: ID,
		reauthenticated: true,
		isOffered: false,
		request: { silent: false, ends: undefined },
		resources,
		dpopKey,
		sessionState: undefined,
		tokens: { value: tokens, by: isOfTabs ? RAW.join() : undefined } as never,
		key: isOfTabs ? undefined : fakeKey,
	}
	const record = begun(session, undefined, now, config)({ ...blank, revision: 1, highTime: now })
	store.set(record)
	if (isOfTabs) ownNotes.set('key', JSON.stringify({ [ID]: RAW }))
	if (!isLiving(record) || !config.firstFrame) return
	const hint = { user: record.living.user, until: endsAt(record.living, config) }
	;(isOfTabs ? ownNotes : localNotes).set('hint', JSON.stringify(hint))
}
