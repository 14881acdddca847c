import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { frames } from './frames.ts'

const PROVIDER = 'https://id.example'
const URL_OF_PAGE = `${PROVIDER}/check-session?of=app`

/** As much of an iframe as there has to be. */
interface FakeFrame {
	readonly style: { display?: string }
	src?: string
	onload?: () => void
	contentWindow: { postMessage: ReturnType<typeof vi.fn> } | null
	remove(): void
}

let page: EventTarget
let inPage: FakeFrame[]

beforeEach(() => {
	page = new EventTarget()
	inPage = []
	vi.stubGlobal('addEventListener', page.addEventListener.bind(page))
	vi.stubGlobal('document', {
		createElement(name: string): FakeFrame {
			expect(name).toBe('iframe')
			return {
				style: {},
				contentWindow: null,
				remove() {
					this.contentWindow = null
					inPage = inPage.filter(frame => frame !== this)
				},
			}
		},
		body: {
			append(frame: FakeFrame) {
				frame.contentWindow = { postMessage: vi.fn() }
				inPage.push(frame)
			},
		},
	})
})

afterEach(() => {
	vi.unstubAllGlobals()
})

function opened() {
	const loaded = vi.fn()
	const said = vi.fn()
	const frame = frames.open(URL_OF_PAGE, { loaded, said })
	return { frame, loaded, said, element: inPage[0] as FakeFrame }
}

/** Some window sends a message to the page. */
const hear = (source: unknown, origin: string, data: unknown = 'changed') =>
	page.dispatchEvent(Object.assign(new Event('message'), { source, origin, data }))

describe('a hidden page', () => {
	it('is an iframe that is not shown, and says when it is there', () => {
		const { element, loaded } = opened()
		expect(element).toMatchObject({ src: URL_OF_PAGE, style: { display: 'none' } })
		expect(loaded).not.toHaveBeenCalled()
		element.onload?.()
		expect(loaded).toHaveBeenCalledTimes(1)
	})

	it('is told only what is for its origin', () => {
		const { frame, element } = opened()
		frame.post('app state')
		expect(element.contentWindow?.postMessage).toHaveBeenCalledExactlyOnceWith('app state', PROVIDER)
	})

	it('is heard', () => {
		const { element, said } = opened()
		hear(element.contentWindow, PROVIDER, 'unchanged')
		expect(said).toHaveBeenCalledExactlyOnceWith('unchanged')
	})

	it.each([
		{ who: 'another window of the same origin', hearIt: () => hear({}, PROVIDER) },
		{ who: 'that window at another origin', hearIt: (element: FakeFrame) => hear(element.contentWindow, 'https://evil.example') },
		{
			who: 'that window at an origin that begins alike',
			hearIt: (element: FakeFrame) => hear(element.contentWindow, `${PROVIDER}.evil.example`),
		},
		{ who: 'the page itself', hearIt: () => hear(globalThis, 'https://app.example') },
	])('is not taken for $who', ({ hearIt }) => {
		const { element, said } = opened()
		hearIt(element)
		expect(said).not.toHaveBeenCalled()
	})

	it('that somebody has removed is not taken for a window that is gone', () => {
		const { frame, element, said } = opened()
		element.contentWindow = null
		hear(null, PROVIDER)
		expect(said).not.toHaveBeenCalled()
		expect(() => frame.post('app state')).not.toThrow()
	})

	it('is gone once it is closed, and heard no more', () => {
		const { frame, element, said } = opened()
		const { contentWindow } = element
		frame.close()
		expect(inPage).toEqual([])
		element.contentWindow = contentWindow
		hear(contentWindow, PROVIDER)
		expect(said).not.toHaveBeenCalled()
	})
})
