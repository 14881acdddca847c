import { describe, expect, it } from 'vitest'
import { configure } from './configure.ts'
import { SessionError } from './errors.ts'
import { type AlertsOptions, MAIN, type SessionManagerOptions } from './options.ts'

const PAGE = 'https://shop.example/some/page?x=1'
const good: SessionManagerOptions = { authority: 'https://id.example.com', clientId: 'shop', redirectUri: '/signed-in' }

const refusalOf = (options: unknown): SessionError => {
	try {
		configure(options as SessionManagerOptions, PAGE)
	} catch (error) {
		return error as SessionError
	}
	throw new Error('accepted')
}

describe('the defaults', () => {
	it('are those of the design', () => {
		expect(configure(good, PAGE)).toEqual({
			authority: 'https://id.example.com',
			issuer: expect.any(Function),
			metadata: undefined,
			verifySignature: false,
			dpop: false,
			sessionMonitor: false,
			trustedAudiences: [],
			clientId: 'shop',
			stateSuffix: '.3996891260',
			redirectUri: 'https://shop.example/signed-in',
			postLogoutRedirectUri: 'https://shop.example/',
			scope: 'openid profile email offline_access',
			resource: undefined,
			apis: [],
			idle: { timeoutMs: 1_800_000, warnBeforeMs: 60_000, signOutAt: 'device', continueOn: 'activity', from: 'sign-in' },
			lifetime: { timeoutMs: 43_200_000, warnBeforeMs: 300_000, signOutAt: 'device', continueOn: 'activity', from: 'sign-in' },
			sso: 'off',
			loopGuard: { attempts: 3, withinMs: 30_000 },
			waitForSignInMs: 0,
			storage: 'device',
			firstFrame: true,
			requestTimeoutMs: 10_000,
			tokenRequestTimeoutMs: 30_000,
			clockToleranceMs: 300_000,
			accessTokenLifetimeMs: 300_000,
			alerts: { claims: [], rules: {} },
			debug: false,
		})
	})

	it('mark the sign-ins of each client at each provider apart, the same in every page', () => {
		const suffixes = ['https://id.example.com', 'https://id.example.com/'].flatMap(authority =>
			['shop', 'shop2', ' shop'].map(clientId => configure({ ...good, authority, clientId }, PAGE).stateSuffix),
		)
		expect(new Set(suffixes).size).toBe(6)
		expect(configure(good, `${PAGE}#another`).stateSuffix).toBe(suffixes[0])
	})

	it('name no other issuer than the authority', () => {
		expect(configure(good, PAGE).issuer()).toBeUndefined()
	})

	it('warn half of a short timeout ahead at most', () => {
		expect(configure({ ...good, idle: { timeout: '20s' } }, PAGE).idle).toMatchObject({ timeoutMs: 20_000, warnBeforeMs: 10_000 })
	})

	it('can be switched off: no idle timeout, no lifetime', () => {
		expect(configure({ ...good, idle: false, lifetime: false }, PAGE)).toMatchObject({ idle: undefined, lifetime: undefined })
	})
})

describe('durations', () => {
	it.each([
		['500ms', 500],
		['30s', 30_000],
		['1.5m', 90_000],
		['12h', 43_200_000],
		['7d', 604_800_000],
		[1000, 1000],
	] as const)('%s is %d ms', (given, ms) => {
		expect(configure({ ...good, requestTimeout: given }, PAGE).requestTimeoutMs).toBe(ms)
	})

	it.each([30, 0, -5000, Number.NaN, Number.POSITIVE_INFINITY, '', '30', 's', '-5s', '0s', '5 s', '5weeks', {}, [], true])(
		'%j is none, and a number under 1,000 is most likely one of seconds',
		given => {
			const error = refusalOf({ ...good, requestTimeout: given })
			expect(error).toMatchObject({ code: 'invalid_option', retryable: false })
			expect(error.message).toContain('requestTimeout')
			expect(error.message).toContain('1000 or more')
		},
	)
})

describe('addresses', () => {
	it.each([
		['relative', '/api', 'https://shop.example/api'],
		['of another origin', 'https://orders.example.com/v1', 'https://orders.example.com/v1'],
	])('of apis may be %s', (_kind, given, absolute) => {
		expect(configure({ ...good, apis: [given] }, PAGE).apis).toEqual([{ url: absolute, indicator: MAIN }])
	})

	it('of an API that has its own resource or scopes come with the name of its token (RFC 8707)', () => {
		const url = '/api'
		const indicatorOf = (api: object, resource?: string) =>
			configure({ ...good, ...(resource && { resource }), apis: [{ url, ...api }] }, PAGE).apis[0]?.indicator
		const orders = 'urn:orders'
		expect(indicatorOf({ resource: orders })).toEqual({ name: '["urn:orders",null]', resource: orders })
		expect(indicatorOf({ scope: 'read' }, orders)).toEqual({ name: '["urn:orders","read"]', resource: orders, scope: 'read' })
		expect(indicatorOf({ scope: 'read' })).toEqual({ name: '[null,"read"]', scope: 'read' })
		expect(indicatorOf({ resource: 'urn:main' }, 'urn:main')).toBe(MAIN)
		expect(indicatorOf({})).toBe(MAIN)
	})

	it.each([
		'http://localhost:4402',
		'http://shop.localhost:4402',
		'http://127.0.0.1',
		'http://127.1.2.3:8080',
		'http://[::1]:8080',
		'https://id.example.com/realms/shop/',
	])('%s is an authority', authority => {
		expect(configure({ ...good, authority }, PAGE).authority).toBe(authority)
	})

	it.each(['http://localhost:5173/page', 'http://shop.localhost/', 'http://127.0.0.1:5173/', 'http://[::1]:5173/'])(
		'of apis and of reports may be paths of the page %s',
		page => {
			const { origin } = new URL(page)
			const { apis, alerts } = configure({ ...good, apis: ['/api'], alerts: { endpoint: '/alerts' } }, page)
			expect([apis[0]?.url, alerts]).toEqual([`${origin}/api`, expect.objectContaining({ endpoint: `${origin}/alerts` })])
		},
	)

	it('are taken as they are on a server, where no page is', () => {
		expect(configure({ ...good, redirectUri: 'https://shop.example/signed-in' }, undefined).redirectUri).toBe(
			'https://shop.example/signed-in',
		)
	})
})

describe('alerts', () => {
	it('takes what is undefined for what is left out', () => {
		const rules = { 'clock-off': undefined, 'many-users': { count: undefined, within: undefined } } as never
		expect(configure({ ...good, alerts: { endpoint: undefined, rules } } as never, PAGE).alerts).toMatchObject({
			endpoint: undefined,
			rules,
		})
	})

	it('are off where the application says so', () => {
		expect(configure({ ...good, alerts: false }, PAGE).alerts).toBe(false)
	})

	it('are reported to a path of this origin, or elsewhere', () => {
		expect(configure({ ...good, alerts: { endpoint: '/alerts' } }, PAGE).alerts).toMatchObject({ endpoint: 'https://shop.example/alerts' })
		const endpoint = 'https://watch.example/alerts'
		expect(configure({ ...good, alerts: { endpoint } }, PAGE).alerts).toMatchObject({ endpoint })
	})

	it('have rules that can be set, and each turned off', () => {
		const alerts: AlertsOptions = {
			claims: ['sub'],
			rules: {
				'many-users': false,
				'repeated-failures': { count: 30, within: '1h' },
				'redirect-loop': { count: 1 },
				'clock-off': { by: '1m' },
			},
		}
		expect(configure({ ...good, alerts }, PAGE).alerts).toEqual(alerts)
	})
})

describe('a wrong option', () => {
	it.each([
		['authority', undefined],
		['authority', ''],
		['authority', 42],
		['authority', 'id.example.com'],
		['authority', '/relative'],
		['authority', 'http://id.example.com'],
		['authority', 'https://id.example.com/?tenant=x'],
		['authority', 'https://id.example.com/#x'],
		['authority', 'javascript:alert(1)'],
		['authority', 'http://127.evil.example'],
		['authority', 'http://127.0.0.1.evil.example'],
		['authority', 'http://localhost.evil.example'],
		['authority', 'http://evillocalhost'],
		['authority', 'http://10.0.0.1'],
		['issuer', ''],
		['issuer', 42],
		['metadata', 'https://id.example.com/metadata'],
		['clientId', undefined],
		['clientId', '  '],
		['clientId', {}],
		['redirectUri', undefined],
		['redirectUri', 'https://elsewhere.example/signed-in'],
		['redirectUri', '//elsewhere.example'],
		['redirectUri', '/signed-in#fragment'],
		['redirectUri', 'http://['],
		['redirectUri', 'javascript:alert(1)'],
		['redirectUri', 'data:text/html,1'],
		['redirectUri', 'http://shop.example/signed-in'],
		['postLogoutRedirectUri', 'https://elsewhere.example'],
		['postLogoutRedirectUri', 'javascript:alert(1)'],
		['scope', 'profile email'],
		['scope', ''],
		['resource', ''],
		['apis', '/api'],
		['trustedAudiences', 'api'],
		['apis', ['http://[']],
		['apis', ['http://api.example']],
		['apis', ['http://127.evil.example']],
		['apis', ['javascript:alert(1)']],
		['apis', ['blob:https://shop.example/1']],
		['apis', [{ url: 'http://api.example', resource: 'urn:orders' }]],
		['apis', [42]],
		['apis', [null]],
		['apis', [{ resource: 'urn:orders' }]],
		['alerts', { endpoint: 'http://[' }],
		['alerts', { endpoint: 'http://watch.example/alerts' }],
		['alerts', { endpoint: 'javascript:alert(1)' }],
		['alerts', { endpoint: '' }],
		['alerts', { endpoint: null }],
		['alerts', { rules: null }],
		['alerts', { rules: { 'many-users': null } }],
		['alerts', { claims: 'email' }],
		['alerts', { rules: { 'redirect-loop': { count: 0 } } }],
		['alerts', { rules: { 'redirect-loop': { count: 31 } } }],
		['alerts', { rules: { 'redirect-loop': { count: 'many' } } }],
		['alerts', { rules: { 'clock-off': { by: 120 } } }],
		['alerts', { rules: { 'many-users': { within: 'long' } } }],
		['storage', 'memory'],
		['navigate', 'router'],
		['idle', true],
		['idle', '15m'],
		['idle', { timeout: '1m', warnBefore: '1m' }],
		['idle', { timeout: 15 }],
		['lifetime', { warnBefore: '13h' }],
		['idle', { continueOn: 'mouse' }],
		['idle', { signOutAt: 'everywhere' }],
		['lifetime', { from: 'birth' }],
	])('%s: %j is refused by name, with what was given and what is wanted', (option, given) => {
		const error = refusalOf({ ...good, [option]: given })
		expect(error).toBeInstanceOf(SessionError)
		expect(error.code).toBe('invalid_option')
		expect(error.message).toContain(option)
		expect(error.message).toMatch(/is not (an?|the|a path|space|"device"|false|a duration)/)
		expect(error.docs).toMatch(/#invalid_option$/)
	})

	it.each([undefined, null])('that is all of them (%j) is refused too', options => {
		expect(refusalOf(options)).toMatchObject({ code: 'invalid_option' })
	})
})
