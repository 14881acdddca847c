// @tabsession/core/testing: many tabs of one browser under virtual time, over the real stories.
export type { NetworkFault } from './network.ts'
export type { TestPopup } from './popup.ts'
export type { Answer, FakeProvider, ProviderOptions, Rotation, TokenRequest } from './provider.ts'
export type { Commit, StoreTrouble } from './store.ts'
export type { TabOptions, TestTab } from './tab.ts'
export { createTestSession, type RenewalFailure, type TestControls, type TestSession, type TestSessionOptions } from './test-session.ts'
export { createWorld, type OpenOptions, type World, type WorldOptions } from './world.ts'
