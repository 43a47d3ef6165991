"""The small job that common/java_archive.py watches: what our programs ask of Spark, once each."""

import operator

import pyspark

from common import spark


def main() -> None:
    """Runs the job."""
    with spark.context('java_training') as sc:
        total = sc.accumulator(0)
        shared = sc.broadcast(b'shared')

        def pair(number: int) -> tuple[int, bytes]:
            total.add(1)
            return number % 3, shared.value

        pairs = sc.parallelize(range(12), 4).map(pair).partitionBy(3, int)
        kept = pairs.mapPartitions(list).persist(pyspark.StorageLevel.MEMORY_AND_DISK)
        sc.runJob(kept, list, [0, 2])
        kept.groupByKey().mapValues(len).reduceByKey(operator.add).collect()
        kept.unpersist()


if __name__ == '__main__':
    main()
