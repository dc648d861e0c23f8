"""Speech: what somebody said becomes words, words become speech, and each character has a voice of its own.

May import `errors`, `messages`, `cages` and what counts. Everything native (engines, models, decoders of what strangers
upload) runs in child processes with limits, so that what crashes is one request. Start with `ports`, then `setup`,
which makes a `studio` of the settings; what runs in a child begins in `child`.
"""
