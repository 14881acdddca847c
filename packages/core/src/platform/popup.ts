import type { Popup } from './ports.ts'

const WIDTH = 480
const HEIGHT = 680

/** An empty window in the middle of this one. */
export function popup(): Popup | undefined {
	const [left, top] = [screenX + (outerWidth - WIDTH) / 2, screenY + (outerHeight - HEIGHT) / 2]
	const opened = open('', '', `popup,width=${WIDTH},height=${HEIGHT},left=${left},top=${top}`)
	if (!opened) return undefined
	// The provider's page cannot navigate this one. In a frame the opener is needed: its storage may be of another partition than the popup's.
	if (parent === window) opened.opener = null
	return {
		window: opened,
		go: url => opened.location.replace(url),
		close: () => opened.close(),
		focus: () => opened.focus(),
		isLeft: () => opened.closed && document.hasFocus(),
	}
}
