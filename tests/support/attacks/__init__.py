"""Programs that want a pass that they did not earn, or to reach, outlive or hurt what is not theirs.

Each defines, or fails to define, `solve(x)`, which should give `x * x`. SECRET is a file that none may read,
PORT a server that none may reach.
"""

from support.attacks import bombs, files, frames, objects, processes, protocol

ATTACKS: dict[str, str] = {
    f"{module.__name__.rpartition('.')[2]}: {name}": program
    for module in (objects, frames, protocol, processes, files, bombs)
    for name, program in module.PROGRAMS.items()
}
HONEST = "def solve(x):\n    return x * x\n"
CHECK = """
def check(candidate):
    assert candidate(3) == 9
    assert candidate(-2) == 4
    assert candidate(10) in [100]
    assert abs(candidate(5) - 25) < 1e-9
    assert sorted([candidate(4), candidate(1)]) == [1, 16]
    assert candidate(12) is not None and not candidate(12) != 144
    assert {36: 1}.get(candidate(6)) == 1
    assert isinstance(candidate(8), int) and str(candidate(8)) == "64"
"""
