// The second application: the session around a page of its own.
import { SessionProvider } from '@tabsession/react'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { session } from './session.ts'
import './styles/index.css'

Object.assign(window, { session }) // to try it in the console

createRoot(document.querySelector('#root') as HTMLElement).render(
	<StrictMode>
		<SessionProvider manager={session}>
			<App />
		</SessionProvider>
	</StrictMode>,
)
