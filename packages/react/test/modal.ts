// What jsdom lacks of modal dialogs and of style sheets without an element, as browsers have them.
import { afterEach, beforeEach } from 'vitest'

const { prototype } = HTMLDialogElement
const cameFrom = new WeakMap<HTMLDialogElement, Element | null>()

function showModal(this: HTMLDialogElement) {
	if (this.open) throw new DOMException('It is open.', 'InvalidStateError')
	cameFrom.set(this, document.activeElement)
	this.setAttribute('open', '')
	this.querySelector<HTMLElement>('button')?.focus()
}

function close(this: HTMLDialogElement) {
	if (!this.open) return
	this.removeAttribute('open')
	const before = cameFrom.get(this)
	if (before instanceof HTMLElement) before.focus()
	// A task later, and no timer of a test's.
	void Promise.resolve().then(() => this.dispatchEvent(new Event('close')))
}

class FakeSheet {
	text = ''
	replaceSync(text: string) {
		this.text = text
	}
}

/** For each test of the file. */
export function installModals() {
	beforeEach(() => {
		Object.assign(prototype, { showModal, close })
		Object.assign(document, { adoptedStyleSheets: [] })
		Object.assign(globalThis, { CSSStyleSheet: FakeSheet })
	})
	afterEach(removeModals)
}

export function removeModals() {
	for (const name of ['showModal', 'close']) Reflect.deleteProperty(prototype, name)
}

export const sheets = () => document.adoptedStyleSheets as unknown as FakeSheet[]
