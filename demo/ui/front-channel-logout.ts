// The page that the provider loads in an iframe when its session ends: ends the one here, in every tab.
import { handleFrontChannelLogout } from '@tabsession/core/front-channel-logout'
import { config } from './config.ts'

await handleFrontChannelLogout({ authority: config.authority, clientId: document.documentElement.dataset['client'] ?? '' })
