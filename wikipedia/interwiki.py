"""Prefixes of links that leave the wiki: languages of Wikipedia, and its sister projects.

A dump does not hold its interwiki map; these are facts of the one that all Wikipedias share.
"""

# Codes of Wikipedias, also of those renamed or closed: a link that begins with one shows nothing
# where it stands.
_LANGUAGE_CODES = (
    'aa ab ace ady af ak als alt am ami an ang anp ar arc ary arz as ast atj av avk awa ay az azb '
    'ba ban bar bat-smg bbc bcl be be-tarask be-x-old bew bg bh bi bjn blk bm bn bo bpy br bs bug '
    'bxr ca cbk-zam cdo ce ceb ch cho chr chy ckb cmn co cr crh cs csb cu cv cy da dag de dga din '
    'diq dk dsb dtp dty dv dz ee el eml en eo epo es et eu ext fa fat ff fi fiu-vro fj fo fon fr '
    'frp frr fur fy ga gag gan gcr gd gl glk gn gom gor got gpe gsw gu guc gur guw gv ha hak haw '
    'he hi hif ho hr hsb ht hu hy hyw hz ia id ie ig igl ii ik ilo inh io is it iu ja jam jbo jp '
    'jv ka kaa kab kbd kbp kcg kg ki kj kk kl km kn knc ko koi kr krc ks ksh ku kus kv kw ky la '
    'lad lb lbe lez lfn lg li lij lld lmo ln lo lrc lt ltg lv lzh mad mai map-bms mdf mg mh mhr '
    'mi min minnan mk ml mn mni mnw mo mr mrj ms mt mus mwl my myv mzn na nah nan nap nb nds '
    'nds-nl ne new ng nia nl nn no nov nqo nrm nso nup nv ny oc olo om or os pa pag pam pap pcd '
    'pcm pdc pfl pi pih pl pms pnb pnt ps pt pwn qu rm rmy rn ro roa-rup roa-tara rsk ru rue rup '
    'rw sa sah sat sc scn sco sd se sg sgs sh shi shn si simple sk skr sl sm smn sn so sq sr srn '
    'ss st stq su sv sw szl szy ta tay tcy tdd te tet tg th ti tk tl tlh tly tn to tokipona tpi '
    'tr trv ts tt tum tw ty tyv udm ug uk ur uz ve vec vep vi vls vo vro wa war wo wuu xal xh xmf '
    'yi yo yue za zea zgh zh zh-cfr zh-classical zh-cn zh-min-nan zh-tw zh-yue zu'
)
LANGUAGES = frozenset(_LANGUAGE_CODES.split())

# Prefixes that lead elsewhere and are shown.
_PROJECT_PREFIXES = (
    'b betawikiversity bugzilla c category-commons chapter cnt commons d doi foundation google '
    'gerrit hdl incubator iso639-3 iarchive imdbname imdbtitle irc issn m mail mailarchive '
    'mailman mediawikiwiki meta metawiki metawikimedia metawikipedia mw mwod mwot n nost '
    'nostalgia oclc oldwikisource orthodoxwiki otrs otrswiki outreach outreachwiki phab '
    'phabricator pmid q quality rev rfc s sourceforge species spcom strategy sulutil svn test '
    'test2wiki testwiki toollabs toolforge translatewiki tswiki usability v viaf voy w wikia '
    'wikibooks wikidata wikimedia wikinews wikipedia wikipediawikipedia wikiquote wikisource '
    'wikispecies wikitech wikiversity wikivoyage wikt wiktionary wm2005 wmania wmf'
)
PROJECTS = frozenset(_PROJECT_PREFIXES.split())
