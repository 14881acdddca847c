// The browser behind the ports of the lazy chunk.
import { activity } from './activity.ts'
import { beacon } from './beacon.ts'
import { createChannel } from './channel.ts'
import { frames } from './frames.ts'
import { createLine } from './line.ts'
import { locks } from './locks.ts'
import { createNote } from './note.ts'
import type { RemotePlatform } from './ports.ts'
import { seal } from './seal.ts'
import { submit } from './submit.ts'

export const createRemotePlatform = (name: string): RemotePlatform => ({
	activity,
	frames,
	locks,
	seal,
	hints: { device: createNote('localStorage', name), tabs: createNote('sessionStorage', name) },
	requests: createNote('sessionStorage', `${name}:requests`),
	departures: createNote('sessionStorage', `${name}:departures`),
	stray: createNote('localStorage', 'tabsession:stray'),
	callbacks: createChannel('tabsession:callback'),
	lineTo: popup => createLine(popup.window as Window),
	opener: window.opener ? createLine(window.opener) : undefined,
	closeWindow: () => window.close(),
	submit,
	beacon,
})
