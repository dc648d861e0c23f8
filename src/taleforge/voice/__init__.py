"""Speech: what somebody said becomes words, words become speech, and each character has a voice of its own.

May import `errors` and `messages`. Everything native (synthesis, recognition, decoders of what strangers upload) runs
in a child process with limits, so that what crashes is one request. Start with `ports`, then `studio`, then `child`.
"""
