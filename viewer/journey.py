"""START HERE. The whole program is this sentence:

A signed-in clinician, an NHS number and a purpose → may we ask each trust? → LOG THE ASKING →
ask all of them at once → one Answer a trust, as each arrives → agree on the patient → normalise →
merge → lay out a Timeline with its Gaps → may this person see each Report? → a Disclosure →
LOG THE DISCLOSURE → the page.
"""
