import type { Frames } from './ports.ts'

export const frames: Frames = {
	open(url, { loaded, said }) {
		const { origin } = new URL(url)
		const stop = new AbortController()
		const frame = document.createElement('iframe')
		frame.style.display = 'none'
		frame.onload = loaded
		frame.src = url
		const heard = ({ source, origin: sender, data }: MessageEvent) => {
			// A window that is gone is null on both sides.
			if (source && source === frame.contentWindow && sender === origin) said(data)
		}
		addEventListener('message', heard, { signal: stop.signal })
		document.body.append(frame)
		return {
			post: message => frame.contentWindow?.postMessage(message, origin),
			close() {
				stop.abort()
				frame.remove()
			},
		}
	},
}
