// On the provider's signed-out page: goes on once every application has been told, or after 3 s.
const { onward } = document.currentScript.dataset
const frames = [...document.querySelectorAll('iframe')]
const loaded = frame => new Promise(resolve => frame.addEventListener('load', resolve, { once: true }))
const pause = ms => new Promise(resolve => setTimeout(resolve, ms))

// A page that has loaded is still at work: it has a session to end.
const told = Promise.all(frames.map(loaded)).then(() => pause(300))
// Only now, so that none has loaded before anybody listened.
for (const frame of frames) frame.src = frame.dataset.src
void Promise.race([told, pause(3000)]).then(() => location.replace(onward))
