import { afterEach, describe, expect, it, vi } from 'vitest'
import { configure } from './configure.ts'
import { createSessionManager } from './manager.ts'
import type { SessionManagerOptions } from './options.ts'

const options: SessionManagerOptions = { authority: 'https://id.example', clientId: 'shop', redirectUri: 'https://shop.example/signed-in' }

/** A page as poor as jsdom's: no secure context, no WebCrypto, no IndexedDB. */
function openPage(href = 'https://shop.example/') {
	const page = new EventTarget()
	const location = new URL(href)
	const document = Object.assign(new EventTarget(), { visibilityState: 'visible' })
	const history = {
		state: null,
		replaceState(_state: unknown, _title: string, url: string) {
			location.href = new URL(url, location).href
		},
	}
	vi.stubGlobal('window', { location })
	vi.stubGlobal('location', location)
	vi.stubGlobal('document', document)
	vi.stubGlobal('history', history)
	vi.stubGlobal('addEventListener', page.addEventListener.bind(page))
	vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) })
	return { location }
}

afterEach(() => vi.unstubAllGlobals())

describe('on a server', () => {
	it('is loading, starts nothing, and throws only what says so', async () => {
		const session = createSessionManager(options)
		const stop = session.subscribe(() => {})
		expect(session.getSnapshot()).toBe(session.getServerSnapshot())
		expect((await session.start()).status).toBe('loading')
		expect(session.getDeadlines()).toEqual({ now: 0 })
		expect(session.getAlerts()).toBe(session.getAlerts())
		expect(session.getAlerts()).toEqual([])
		await expect(session.getAccessToken()).rejects.toMatchObject({ code: 'environment_unsupported' })
		stop()
	})

	it('says how long a session lasts, as the page that is rendered there will', () => {
		const given = { ...options, clientId: 'told', idle: { timeout: '15m' }, lifetime: false } as const
		const onServer = createSessionManager(given).timeouts
		expect(onServer).toEqual({ idle: 900_000, lifetime: undefined })
		openPage()
		const session = createSessionManager(given)
		expect(session.timeouts).toEqual(onServer)
		session.dispose()
	})

	it('still refuses wrong options', () => {
		expect(() => createSessionManager({ ...options, clientId: '' })).toThrow(/clientId/)
	})
})

describe('in a poor environment', () => {
	it('never throws at construction, and becomes unauthenticated with an error', async () => {
		openPage()
		const session = createSessionManager({ ...options, clientId: 'poor' })
		expect(session.getSnapshot().status).toBe('loading')
		expect(await session.start()).toMatchObject({ status: 'unauthenticated', error: { code: 'environment_unsupported' } })
		session.dispose()
	})
})

describe('one living manager', () => {
	it('comes back for the same options, with the newest functions not compared', () => {
		openPage()
		const first = createSessionManager({ ...options, navigate: () => {} })
		expect(createSessionManager({ ...options, navigate: () => {} })).toBe(first)
		first.dispose()
	})

	it('is not given for other options of the same authority and client', () => {
		openPage()
		const first = createSessionManager(options)
		expect(() => createSessionManager({ ...options, firstFrame: false })).toThrow(/duplicate_manager/)
		first.dispose()
	})

	it('makes room once disposed, and refuses to work on', async () => {
		openPage()
		const first = createSessionManager(options)
		first.dispose()
		await expect(first.getAccessToken()).rejects.toMatchObject({ code: 'disposed' })
		const second = createSessionManager({ ...options, firstFrame: false })
		expect(second).not.toBe(first)
		second.dispose()
	})

	it('has methods that work detached', async () => {
		openPage()
		const { start, subscribe, getSnapshot, dispose } = createSessionManager(options)
		subscribe(() => {})
		await start()
		expect(getSnapshot().status).toBe('unauthenticated')
		dispose()
	})
})

describe('at construction', () => {
	it('the response is off the address bar, before any router sees it', () => {
		const { stateSuffix } = configure(options, 'https://shop.example/')
		const { location } = openPage(`https://shop.example/signed-in?code=c&state=s${stateSuffix}`)
		const session = createSessionManager(options)
		expect(location.href).toBe('https://shop.example/signed-in')
		expect(session.getSnapshot().status).toBe('loading')
		session.dispose()
	})

	it.each(['/other?code=c&state=s', '/signed-in?code=c&state=s', '/signed-in#code=c&state=s'])(
		'what is no response of ours stays: %s',
		path => {
			const { location } = openPage(`https://shop.example${path}`)
			createSessionManager(options).dispose()
			expect(location.href).toBe(`https://shop.example${path}`)
		},
	)

	it('each of two managers with one redirect URI takes its own response', () => {
		const [one, other] = [options, { ...options, clientId: 'admin' }]
		const { stateSuffix } = configure(other, 'https://shop.example/')
		const { location } = openPage(`https://shop.example/signed-in?code=c&state=s${stateSuffix}`)
		const first = createSessionManager(one)
		expect(location.search).toBe(`?code=c&state=s${stateSuffix}`)
		const second = createSessionManager(other)
		expect(location.href).toBe('https://shop.example/signed-in')
		first.dispose()
		second.dispose()
	})
})
