"""The smallest program that uses the library: an agent that chooses 3, then 1. drive.py SCENARIO PORT."""

import sys

from veins_gym import VeinsEnv

env = VeinsEnv(scenario_dir=sys.argv[1], run_veins=False, port=int(sys.argv[2]), timeout=60.0)
print("first", env.reset().tolist(), flush=True)
for action in (3, 1):
    result = env.step(action)
    print("after", action, result.observation.tolist(), float(result.reward), result.done, flush=True)
