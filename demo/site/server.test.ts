import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type LocalServer, openServer } from '../server.ts'
import { createSite } from './server.ts'

let dist: string
let server: LocalServer
let sessionOptions = {}

const site = { authority: 'http://localhost:1', api: 'http://localhost:2', neighbour: 'http://localhost:3', hasCallbackPage: true }

beforeAll(async () => {
	dist = await mkdtemp(join(tmpdir(), 'site-'))
	await mkdir(join(dist, 'assets'))
	await writeFile(join(dist, 'signed-in.html'), 'back')
	await writeFile(join(dist, 'index.html'), '<meta name="demo-config" content="demo-config">')
	await writeFile(join(dist, 'assets/index-abc.js'), 'export {}')
	server = await openServer(0)
	server.handle(createSite({ ...site, sessionOptions: () => sessionOptions, dist }))
})
afterAll(async () => {
	await server.stop()
	await rm(dist, { recursive: true })
})

const get = (path: string) => fetch(server.origin + path)

it('serves the same page for every path, with the configuration of the moment', async () => {
	for (const path of ['/', '/orders', '/orders?code=a.b&state=c', '/index.html']) {
		const response = await get(path)
		expect(response.headers.get('content-type')).toContain('text/html')
		expect(await response.text()).toContain('&#34;authority&#34;:&#34;http://localhost:1&#34;')
	}
	sessionOptions = { scope: '"><script>' }
	const html = await (await get('/')).text()
	expect(html).toContain('&#34;session&#34;:{&#34;scope&#34;')
	expect(html).not.toContain('<script>')
})

it('names what the page may talk to, and lets it into the back/forward cache', async () => {
	const { headers } = await get('/')
	const policy = headers.get('content-security-policy')
	expect(policy).toContain("connect-src 'self' http://localhost:1 http://localhost:2;")
	expect(policy).toContain("form-action 'self' http://localhost:1")
	expect(headers.get('cache-control')).toBe('no-cache')
})

it('serves assets for good, and tells a missing one from a page', async () => {
	const asset = await get('/assets/index-abc.js')
	expect(asset.headers.get('content-type')).toContain('javascript')
	expect(asset.headers.get('cache-control')).toContain('immutable')
	const missing = await get('/assets/index-old.js')
	expect(missing.status).toBe(404)
	expect(missing.headers.get('cache-control')).toBe('no-cache')
})

it('may be embedded where a silent sign-in ends, and nowhere else', async () => {
	const ancestorsOf = async (path: string) =>
		/frame-ancestors ([^;]+)/.exec((await get(path)).headers.get('content-security-policy') ?? '')?.[1]
	expect(await ancestorsOf('/')).toBe("'none'")
	expect(await ancestorsOf('/signed-in?code=a')).toBe("'self'")
	expect((await get('/')).headers.get('content-security-policy')).toContain("frame-src 'self' http://localhost:1;")
})

it('serves the pages of its own that it has, the one for a front-channel logout to the provider alone', async () => {
	expect((await get('/front-channel-logout?sid=a')).status).toBe(404)
	await writeFile(join(dist, 'front-channel-logout.html'), 'bye <meta name="demo-config" content="demo-config">')
	const page = await get('/front-channel-logout?sid=a')
	expect(await page.text()).toMatch(/^bye .*localhost:1/)
	expect(page.headers.get('content-security-policy')).toContain('frame-ancestors http://localhost:1;')
	expect(await (await get('/signed-in?code=a')).text()).toBe('back')
})

it('boots the application at the redirect URI where it has no callback page', async () => {
	const other = await openServer(0)
	other.handle(createSite({ ...site, hasCallbackPage: false, sessionOptions: () => sessionOptions, dist }))
	expect(await (await fetch(`${other.origin}/signed-in?code=a`)).text()).toContain('demo-config')
	await other.stop()
})
