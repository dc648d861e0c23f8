"""Child processes for what is native and might crash: engines of speech, decoders, models that paint.

What such a child may use and is told, how one talks with it, and what files of weights may be given to it. May import
`errors`; knows no engine. Read `child` first.
"""
