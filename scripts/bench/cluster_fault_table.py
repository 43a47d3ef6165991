"""The faults that scripts/bench/cluster_faults.py tries."""

import dataclasses
import math
from collections.abc import Callable

from local_cluster import LocalCluster

TOKENIZE, COUNT = 'tokenize_pages', 'make_cooccurrence'
BEFORE, WRITING, COUNTING = 'before', 'writing', 'counting'


@dataclasses.dataclass(frozen=True)
class Fault:
    """What is done to a run.

    Attributes:
        name: says it.
        program: that runs.
        moment: when it happens: before the run, the first part is being written, or the first
            block was shuffled.
        strike: does it.
        mend: puts things right again, so many seconds later, or when the run has ended.
        seconds: until then.
        disk: which is filled at that moment until the end: 'one scratch' of the two workers,
            'every scratch' or 'output'.
        hosts: whether it wants namespaces.
    """

    name: str
    program: str
    moment: str = WRITING
    strike: Callable[[LocalCluster], None] = lambda cluster: None
    mend: Callable[[LocalCluster], None] = lambda cluster: None
    seconds: float = math.inf
    disk: str = ''
    hosts: bool = False


def all_faults(networks: bool, disks: bool) -> list[Fault]:
    """Returns what is tried, without two runs with one output.

    Args:
        networks: whether each worker has one that can be cut.
        disks: whether there are some that can be filled.
    """

    def cut(cluster: LocalCluster) -> None:
        cluster.set_network(1, 'down')

    def join(cluster: LocalCluster) -> None:
        cluster.set_network(1, 'up')

    found = []
    for program, moment in ((TOKENIZE, WRITING), (COUNT, COUNTING), (COUNT, WRITING)):
        late = '_late' if (program, moment) == (COUNT, WRITING) else ''
        suffix = f'{late}:{program}'
        found += [
            Fault(f'kill_executor{suffix}', program, moment, lambda c: c.kill_executor(1)),
            Fault(f'kill_python{suffix}', program, moment, lambda c: c.kill_python(1)),
            Fault(
                f'kill_worker_and_restart{suffix}',
                program,
                moment,
                lambda c: c.kill_worker(1),
                lambda c: c.start_worker(1),
                seconds=5.0,
            ),
            Fault(f'cut_network{suffix}', program, moment, cut, join, hosts=True),
            Fault(f'cut_network_20s{suffix}', program, moment, cut, join, 20.0, hosts=True),
        ]
    found += [
        Fault(f'fill_one_scratch:{COUNT}', COUNT, COUNTING, disk='one scratch'),
        Fault(f'fill_all_scratch:{COUNT}', COUNT, COUNTING, disk='every scratch'),
        Fault(f'fill_all_scratch:{TOKENIZE}', TOKENIZE, disk='every scratch'),
        Fault(f'fill_output:{TOKENIZE}', TOKENIZE, disk='output'),
        Fault(f'fill_output:{COUNT}', COUNT, disk='output'),
        Fault(f'full_scratch:{COUNT}', COUNT, BEFORE, disk='one scratch'),
        Fault(f'full_output:{COUNT}', COUNT, BEFORE, disk='output'),
    ]
    return [fault for fault in found if (networks or not fault.hosts) and (disks or not fault.disk)]
